import type { Persona } from "insula:scenario/context@0.1.0";

import type { Batch, Taken } from "./builder";
import { ClinicBuilder } from "./clinic";
import { type Thing, entity } from "./entity";
import { Existing } from "./existing";
import { ask, context, create, inBatches, island } from "./host";
import { Member, UserBuilder } from "./member";

/** The island that a run builds: everything begins here. */
export class Island {
  /** A new clinic. */
  clinic(name: string): ClinicBuilder {
    return new ClinicBuilder(name);
  }

  /** A new user who is in no clinic yet. `clinic.admin()` and its like create user and membership in one. */
  user(): UserBuilder {
    return new UserBuilder();
  }

  /**
   * Creates what many builders of one kind describe, in their order. They may come from a generator, so a hundred
   * thousand need no more memory than a few. A rejection's index counts them from 0.
   */
  createAll<T extends Thing>(builders: Iterable<Batch<T>>): T[] {
    const names: [number, string][] = [];
    let call: Taken<T>["call"] | undefined;
    function* records(): Generator<never> {
      let index = 0;
      for (const builder of builders) {
        const taken = builder.taken();
        call ??= taken.call;
        if (call !== taken.call) throw new Error("createAll takes builders of one kind");
        if (taken.name !== undefined) names.push([index, taken.name]);
        index += 1;
        yield taken.record as never;
      }
    }
    const made = inBatches(records(), (batch) => call?.(batch) ?? []);
    for (const [index, name] of names) this.name(made[index]!, name);
    return made;
  }

  /** Gives a thing a name under which the caller finds it in the answer. A name is used once. */
  name(thing: Thing | Member, name: string): void {
    create(() => island.name(entity(thing instanceof Member ? thing.user : thing), name));
  }

  /** What the island held before this run: nothing, unless the request adds to an island or the scenario has a base. */
  existing(): Existing {
    return new Existing(create(() => island.existing()));
  }

  /** The run's instant, in seconds since 1970-01-01T00:00:00Z. `Date.now()` is the same in milliseconds. */
  now(): number {
    return ask("the time", () => context.now());
  }

  /** A number from 0 up to 1 that depends on the run's seed and this path alone, not on the order of calls. */
  random(path: string): number {
    return random(path);
  }

  /** A whole number from `low` to `high`, by seed and path. */
  between(path: string, low: number, high: number): number {
    if (!(low <= high)) throw new RangeError(`no number lies between ${low} and ${high} (at ${path})`);
    return low + Math.floor(random(path) * (high - low + 1));
  }

  /** One of the things, by seed and path. */
  choose<T>(path: string, things: readonly T[]): T {
    if (things.length === 0) throw new RangeError(`nothing to choose from at ${path}`);
    return things[this.between(path, 0, things.length - 1)]!;
  }

  /** A believable person, by seed and path; the host's default locale where none is given. */
  person(path: string, locale?: string): Persona {
    return ask("a person", () => context.person(path, locale));
  }
}

/** The first is 2^-53 below 1, the largest that JavaScript has below it. */
const BELOW_ONE = 1 - Number.EPSILON / 2;

/** The host's 64 bits as a number from 0 up to 1. */
export function random(path: string): number {
  return Math.min(Number(ask("chance", () => context.random(path))) / 2 ** 64, BELOW_ONE);
}
