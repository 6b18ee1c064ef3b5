// The host's calls: only within a run, in lists of a bounded size, and with refusals that can be caught.
import rawContext, { type Functions as Context } from "insula:scenario/context@0.1.0";
import rawIsland, { type Functions as IslandCalls } from "insula:scenario/island@0.1.0";

import { type Thing, entity } from "./entity";
import { Rejection, refusal } from "./error";
import { checked } from "./shape";
import { context as contextShapes, island as islandShapes } from "./shapes";

export const context: Context = checked(rawContext, contextShapes);
export const island: IslandCalls = checked(rawIsland, islandShapes);

/** Large enough that the calls cost nothing beside the records, small enough to need little memory. */
const BATCH = 500;

let running = false;

/** From here on there is a host to call. */
export function begin(): void {
  running = true;
}

export function isRunning(): boolean {
  return running;
}

/** Calls the host. `what` is for those who ask too early. */
export function ask<T>(what: string, call: () => T): T {
  if (!running) {
    throw new Error(`${what} is known only while an island is built: move this into build()`);
  }
  try {
    return call();
  } catch (thrown) {
    const refused = refusal(thrown);
    throw refused === undefined ? thrown : new Rejection(refused, true);
  }
}

/** Calls the host for something to be created. */
export function create<T>(call: () => T): T {
  return ask("the island", call);
}

/** Creates many, in few calls. A refusal's index counts from the first record of all. */
export function inBatches<R, H>(records: Iterable<R>, call: (batch: R[]) => H[]): H[] {
  const handles: H[] = [];
  let batch: R[] = [];
  const flush = () => {
    if (batch.length === 0) return;
    try {
      handles.push(...create(() => call(batch)));
    } catch (thrown) {
      throw thrown instanceof Rejection && thrown.index !== undefined
        ? new Rejection({ ...parts(thrown), index: thrown.index + handles.length }, true)
        : thrown;
    }
    batch = [];
  };
  for (const record of records) {
    if (batch.push(record) === BATCH) flush();
  }
  flush();
  return handles;
}

/** Creates one thing through a call that takes a list. */
export function one<R, H>(record: R, call: (batch: R[]) => H[]): H {
  try {
    const [made] = create(() => call([record]));
    if (made !== undefined) return made;
  } catch (thrown) {
    throw thrown instanceof Rejection ? new Rejection({ ...parts(thrown), index: null }, true) : thrown;
  }
  throw new Error("the host created nothing and gave no reason");
}

/** Gives a thing its name, if it has one. */
export function named<T extends Thing>(made: T, name: string | undefined): T {
  if (name !== undefined) create(() => island.name(entity(made), name));
  return made;
}

function parts({ index, field, rule, message }: Rejection) {
  return { index: index ?? null, field: field ?? null, rule, message };
}
