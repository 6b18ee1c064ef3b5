import type { Base, Functions, Manifest } from "insula:scenario/plugin@0.1.0";

import type { JsonObject } from "./builder";
import { Rejection } from "./error";
import { failure } from "./failure";
import { begin } from "./host";
import { Island } from "./island";
import { logEarly } from "./prelude";
import { type Input, type Output, type Schema, outputsSchema, paramsSchema, read } from "./schema";

/** A scenario as its author describes it. */
export interface Definition<P extends Schema | undefined, O extends Schema | undefined> {
  /** Lower case letters, digits and underscores, beginning with a letter. */
  name: string;
  /** Other names that callers may use. */
  aliases?: readonly string[];
  /** Semantic Versioning 2.0.0. */
  version: string;
  /** What a list of scenarios shows: a short sentence. */
  title: string;
  /** What it builds. */
  description?: string;
  /** What callers may give: an object schema, such as zod's. Params that it does not know are refused. */
  params?: P;
  /** What `build` returns; anything where it is left out. */
  outputs?: O;
  /** A scenario that the host builds first: `"standard"`, or `"standard@^1"`. `island.existing()` shows what it built. */
  extends?: string;
  /** The params of the scenario that is extended; none where it is left out. */
  with?(params: Output<P>): JsonObject;
  /** Params that must work, by title: shown to callers, run as tests. */
  examples?: Readonly<Record<string, Input<P>>>;
  /** Builds the island. What it returns goes to the caller as `outputs`. */
  build(island: Island, params: Output<P>): O extends Schema ? Input<O> : JsonObject | void;
}

/** A scenario as the contract has it. */
export type Scenario = Functions;

/** Describes a scenario: `export default scenario({ … })`. */
export function scenario<P extends Schema | undefined = undefined, O extends Schema | undefined = undefined>(
  definition: Definition<P, O>,
): Scenario {
  const { name, version, title, params, outputs } = definition;
  const schema = paramsSchema(params);
  const manifest: Manifest = {
    name,
    aliases: [...(definition.aliases ?? [])],
    version,
    title,
    description: definition.description ?? "",
    paramsSchema: JSON.stringify(schema),
    examples: examples(definition.examples, schema),
    outputsSchema: outputs && JSON.stringify(outputsSchema(outputs)),
    extends: base(definition),
  };
  return {
    describe: () => manifest,
    baseParams(text) {
      try {
        return JSON.stringify(definition.with?.(given(params, JSON.parse(text)) as Output<P>) ?? {});
      } catch (thrown) {
        throw failure(thrown);
      }
    },
    build(text) {
      begin();
      try {
        logEarly();
        return json(outputs, definition.build(new Island(), given(params, JSON.parse(text)) as Output<P>));
      } catch (thrown) {
        throw failure(thrown);
      }
    },
  };
}

/** Makes sure that a module's default export is a scenario; the builder calls it. */
export function check(file: string, exported: unknown): Scenario {
  const { describe, build, baseParams } = (exported ?? {}) as Partial<Scenario>;
  if ([describe, build, baseParams].every((it) => typeof it === "function")) return exported as Scenario;
  throw new TypeError(`${file} exports no scenario; write: export default scenario({ … })`);
}

/** The scenario that is extended. */
function base(definition: { extends?: string; with?: unknown }): Base | undefined {
  if (definition.extends === undefined) {
    if (definition.with === undefined) return undefined;
    throw new TypeError("`with` gives the params of the scenario that is extended: name it, as in extends: \"standard\"");
  }
  const [scenario, version] = definition.extends.split("@", 2);
  return { scenario: scenario!, version };
}

/** The author's examples, or the one that needs no words: all defaults. */
function examples(examples: Readonly<Record<string, unknown>> | undefined, schema: JsonObject): Manifest["examples"] {
  const given = Object.entries(examples ?? {});
  const needsNone = !Array.isArray(schema["required"]) || schema["required"].length === 0;
  if (given.length === 0 && needsNone) given.push(["With defaults", {}]);
  return given.map(([title, params]) => ({ title, params: JSON.stringify(params) }));
}

/** Params, which have passed their JSON Schema; a schema may check more than that can say. */
function given(schema: Schema | undefined, params: unknown): unknown {
  const checked = schema === undefined ? { value: params } : read(schema, params);
  if ("value" in checked) return checked.value;
  throw new Rejection({ field: checked.at || null, rule: "params", message: checked.message });
}

/** What was returned, in JSON. Nothing is no outputs. */
function json(schema: Schema | undefined, returned: unknown): string {
  if (returned instanceof Promise) {
    throw new TypeError("build returned a promise; nothing waits in a scenario: remove async and await");
  }
  const checked = schema === undefined ? { value: returned } : read(schema, returned ?? {});
  if (!("value" in checked)) {
    throw new TypeError(`what build returned does not fit its schema${checked.at && `, at ${checked.at}`}: ${checked.message}`);
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(checked.value ?? {});
  } catch (reason) {
    throw new TypeError(`what build returned is no JSON: ${reason instanceof Error ? reason.message : reason}`);
  }
  if (text === undefined) throw new TypeError(`what build returned is no JSON: it is a ${typeof checked.value}`);
  return text;
}
