/** The name of a scenario. */
export type ScenarioName = keyof Scenarios;

/** A seeded island. */
export type Island<S extends ScenarioName = ScenarioName> = Omit<SeedAnswer, "outputs"> & {
  outputs: Scenarios[S]["outputs"];
};

/** What a request may say besides scenario and params. */
export interface SeedOptions {
  /** Which version, such as `^1`; the newest where it is left out. */
  version?: string;
  /** Equal seeds give equal islands; a random one where it is left out. */
  seed?: number;
  /** The island's now, such as `2026-01-05T09:00:00Z`. */
  clock?: string;
  /** How long the island is kept, such as `30m`, or `keep`; two hours where it is left out. */
  ttl?: string;
  /** What the island is for, such as the test's title. */
  label?: string;
  /** The island to add to. */
  into?: string;
  /** Where Insula is; INSULA_URL where it is left out, or else http://127.0.0.1:7357. */
  url?: string;
  /** The host's key; INSULA_API_KEY where it is left out. */
  key?: string;
}

/** A refusal: a problem document (RFC 9457). */
export class InsulaError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Record<string, unknown>,
  ) {
    super(`insula answers ${status}: ${problem.detail ?? problem.title ?? JSON.stringify(problem)}`);
    this.name = "InsulaError";
  }
}

// Params come first, and may be left out where none is required: where the empty object fits.
type Given<S extends ScenarioName> =
  Record<never, never> extends Scenarios[S]["params"]
    ? [params?: Scenarios[S]["params"], options?: SeedOptions]
    : [params: Scenarios[S]["params"], options?: SeedOptions];

const environment = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};

/** Seeds an island: `await seed("standard")`. */
export async function seed<S extends ScenarioName>(scenario: S, ...[params, options]: Given<S>): Promise<Island<S>> {
  const { url = environment.INSULA_URL ?? "http://127.0.0.1:7357", key = environment.INSULA_API_KEY, ...rest } =
    options ?? {};
  const response = await fetch(`${url}/api/test/seed`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({ ...rest, scenario, params: params ?? {} }),
  });
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new InsulaError(response.status, answer as Record<string, unknown>);
  return answer as Island<S>;
}
