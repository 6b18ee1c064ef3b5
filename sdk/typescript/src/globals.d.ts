// What a scenario has besides ECMAScript.

/** Writes to the run's log, which the caller gets with the answer. */
interface Console {
  debug(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

declare var console: Console;
