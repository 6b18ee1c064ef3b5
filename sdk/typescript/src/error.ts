import type { Rejection as Refused } from "insula:scenario/types@0.1.0";

/**
 * It cannot be built: the host refused a call, or the params ask for what is impossible. Where nobody catches it,
 * the caller gets it with its field and rule, and nothing is written.
 */
export class Rejection extends Error {
  override readonly name = "Rejection";
  /** In a call with a list: which element, counted from 0. */
  readonly index: number | undefined;
  /** The field that is wrong, where one is. */
  readonly field: string | undefined;
  /** The rule that was broken, in a word that programs can rely on, such as `overlap`. */
  readonly rule: string;
  /** Whether the host refused, so that the author wants to know which call it was. */
  readonly byHost: boolean;

  constructor(refused: Refused, byHost = false) {
    super(refused.message);
    this.index = refused.index ?? undefined;
    this.field = refused.field ?? undefined;
    this.rule = refused.rule;
    this.byHost = byHost;
  }
}

/** The params ask for what cannot be built: `throw rejected("appointments", "at most 10 fit into a day")`. */
export function rejected(field: string, message: string): Rejection {
  return new Rejection({ field, rule: "params", message });
}

/** What the host refused, if that is what a call threw. */
export function refusal(thrown: unknown): Refused | undefined {
  const { payload } = (thrown ?? {}) as { payload?: Refused };
  return typeof payload === "object" && typeof payload.rule === "string" ? payload : undefined;
}
