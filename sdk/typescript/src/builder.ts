import type { Thing } from "./entity";

/** JSON, and what is written as JSON, such as a `Day` or a `Date`. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject | { toJSON(): string };

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** What all builders have in common: a record that grows, and perhaps a name. Nothing is created before `create`. */
export abstract class Builder<R extends object> {
  protected readonly new: R;
  protected label: string | undefined;

  protected constructor(record: R) {
    this.new = record;
  }

  /** Gives it a name under which the caller finds it in the answer. */
  named(name: string): this {
    this.label = name;
    return this;
  }

  protected set<K extends keyof R>(field: K, value: R[K]): this {
    this.new[field] = value;
    return this;
  }
}

/** Things that few calls can create many of: see `island.createAll`. */
export interface Batch<T extends Thing> {
  /** What `createAll` needs of it; no part of the API. */
  taken(): Taken<T>;
}

/** A builder taken apart: what it describes, and the call that creates a list of it. */
export interface Taken<T extends Thing> {
  readonly record: unknown;
  readonly name: string | undefined;
  readonly call: (records: never[]) => T[];
}
