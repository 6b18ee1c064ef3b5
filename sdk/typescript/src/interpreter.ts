// A plugin that is no scenario yet: the first thing that it is asked to build it takes for a script, and then it is the
// scenario of that script. `insula build` has it read one, and writes down what it is then.
import context from "insula:scenario/context@0.1.0";
import island from "insula:scenario/island@0.1.0";
import type { Failure, Functions } from "insula:scenario/plugin@0.1.0";

import { told } from "./failure";
import type { SourceTable } from "./stack";

/** What the builder made of a scenario's modules. */
interface Script {
  /** An expression: a function that is given what CommonJS gives to a module, which exports `plugin`. */
  readonly code: string;
  /** Where the author's code went, in JSON. */
  readonly own: string;
  /** Where the author's code and that of libraries went, in JSON. */
  readonly all: string;
}

interface Module {
  exports: { readonly plugin?: Functions };
}

type Run = (require: (name: string) => unknown, module: Module, exports: Module["exports"]) => void;

const HOST: Readonly<Record<string, unknown>> = {
  "insula:scenario/context@0.1.0": context,
  "insula:scenario/island@0.1.0": island,
};

let scenario: Functions | undefined;

function read({ code, own, all }: Script): Functions {
  const global = globalThis as { insulaSources?: SourceTable };
  const module: Module = { exports: {} };
  try {
    // Not the code of this function, whose names it should not see.
    const run = (0, eval)(code) as Run;
    run((name) => HOST[name], module, module.exports);
  } catch (thrown) {
    // A library's lines are worth seeing: while modules are evaluated, they are often to blame.
    global.insulaSources = JSON.parse(all);
    throw { tag: "failed", val: told(thrown) } satisfies Failure;
  }
  global.insulaSources = JSON.parse(own);
  return module.exports.plugin!;
}

function ready(): Functions {
  if (scenario === undefined) throw new Error("this interpreter has not read a script yet");
  return scenario;
}

export const plugin: Functions = {
  describe: () => ready().describe(),
  baseParams: (params) => ready().baseParams(params),
  build(params) {
    if (scenario !== undefined) return scenario.build(params);
    scenario = read(JSON.parse(params));
    return "{}";
  },
};
