// What JavaScript has and a scenario must not: a clock and chance of its own. The run's stand in their place.
// This runs before anything of the author's.
import { ask, context, isRunning } from "./host";
import { shown } from "./failure";
import { random } from "./island";

const now = () => ask("the time", () => context.now()) * 1000;

const Native = Date;
Native.now = now;
const RunDate: DateConstructor = new Proxy(Native, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new Native(now()).toString(),
});
Native.prototype.constructor = RunDate;
globalThis.Date = RunDate;

// The author's line lies behind those of the SDK.
(Error as { stackTraceLimit?: number }).stackTraceLimit = 50;
// It has a clock too.
delete (globalThis as { performance?: unknown }).performance;

let draws = 0;
Math.random = () => {
  draws += 1;
  return random(`Math.random/${draws}`);
};

type Level = "debug" | "info" | "warn";

/** Lines from before the run, when a module was evaluated. */
const early: [Level, string][] = [];

const log = (level: Level) => (...values: unknown[]) => {
  const line = values.map(shown).join(" ");
  if (isRunning()) context.log(level, line);
  else early.push([level, line]);
};

/** Logs what was said before the run. */
export function logEarly(): void {
  for (const [level, line] of early.splice(0)) context.log(level, line);
}

const [debug, info, warn] = [log("debug"), log("info"), log("warn")];
globalThis.console = { debug, trace: debug, log: info, info, warn, error: warn };
