// What a thrown value tells the caller, or the scenario's author.
import type { Failure } from "insula:scenario/plugin@0.1.0";

import { Rejection } from "./error";
import { type SourceTable, frames } from "./stack";

/** What programs expect to find, and a scenario does not have. */
const MISSING: readonly [RegExp, string][] = [
  [/^(fetch|XMLHttpRequest|WebSocket|EventSource)$/, "a scenario has no network; what it needs comes with its params"],
  [/^(setTimeout|setInterval|setImmediate|requestAnimationFrame)$/, "nothing waits in a scenario"],
  [/^(process|require|Buffer|__dirname|__filename|global)$/, "a scenario does not run in Node"],
  [/^(window|document|localStorage|navigator)$/, "a scenario does not run in a browser"],
  [/^\w+$/, "the engine of scenarios, QuickJS, has ECMAScript and nothing more"],
];

/** The failure of the contract that says what was thrown. */
export function failure(thrown: unknown): Failure {
  if (thrown instanceof Rejection) {
    const [frame] = thrown.byHost ? places(thrown) : [];
    const place = frame === undefined ? "" : ` (${frame.replace(/^at (?:.* \((.*)\)|(.*))$/, "at $1$2")})`;
    const { index, field, rule, message } = thrown;
    return { tag: "rejected", val: { index: index ?? null, field: field ?? null, rule, message: message + place } };
  }
  return { tag: "failed", val: told(thrown) };
}

/** A thrown value in words, with the lines of the author's code that led to it. */
export function told(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `${shown(thrown)} was thrown; throw an Error, which knows its place`;
  const [, missing] = /^'?(\w+)'? is not defined$/.exec(thrown.message) ?? [];
  const hint = MISSING.find(([name]) => missing !== undefined && name.test(missing));
  const message = `${thrown.name}: ${thrown.message}${hint === undefined ? "" : ` (${hint[1]})`}`;
  return [message, ...places(thrown)].join("\n    ");
}

/** A value as a line of the log has it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return told(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

function places(error: Error): string[] {
  // The builder puts the table behind everything else, where it moves no line.
  const { insulaSources } = globalThis as { insulaSources?: SourceTable };
  return frames(error.stack ?? "", insulaSources);
}
