// What the types cannot promise, because a value came past them: an index out of bounds, a number with a fraction, a
// word that was made at run time. The engine would stop without a word.

/** The form of a value of the contract. An option may be left out. */
export type Shape =
  | "string"
  | "boolean"
  | readonly ["number", number, number]
  | readonly ["option", Shape]
  | readonly ["list", Shape]
  | readonly ["enum", readonly string[]]
  | readonly ["tuple", readonly Shape[]]
  | readonly ["record", Readonly<Record<string, Shape>>]
  | readonly ["variant", Readonly<Record<string, Shape | null>>];

type Functions = Record<string, (...args: never[]) => unknown>;

/** The same functions, which check what they are given. */
export function checked<F extends object>(functions: F, shapes: Readonly<Record<string, readonly Shape[]>>): F {
  const wrapped = Object.entries(shapes).map(([name, params]) => {
    const tests = params.map(test);
    const call = (...args: never[]) => {
      for (let index = 0; index < tests.length; index += 1) {
        if (!tests[index]!(args[index])) explain(params[index]!, args[index], name);
      }
      // Looked up late: there is no host while modules are evaluated.
      return (functions as Functions)[name]!(...args);
    };
    return [name, call];
  });
  return Object.fromEntries(wrapped);
}

type Test = (value: unknown) => boolean;

/** Whether a value has a form. This is made once, when modules are evaluated, and asked in each call. */
function test(shape: Shape): Test {
  if (typeof shape === "string") return (value) => typeof value === shape;
  const [kind, of] = shape;
  switch (kind) {
    case "number": {
      const [, low, high] = shape;
      return (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
    }
    case "option": {
      const inner = test(of);
      return (value) => value === undefined || value === null || inner(value);
    }
    case "list": {
      const inner = test(of);
      return (value) => Array.isArray(value) && value.every(inner);
    }
    case "enum":
      return (value) => of.includes(value as string);
    case "tuple": {
      const tests = of.map(test);
      return (value) => Array.isArray(value) && tests.every((inner, index) => inner(value[index]));
    }
    case "record": {
      const names = Object.keys(of);
      const tests = names.map((name) => test(of[name]!));
      return (value) => {
        if (typeof value !== "object" || value === null) return false;
        for (let index = 0; index < names.length; index += 1) {
          if (!tests[index]!((value as Record<string, unknown>)[names[index]!])) return false;
        }
        return true;
      };
    }
    case "variant": {
      const tests = new Map(Object.entries(of).map(([name, inner]) => [name, inner === null ? () => true : test(inner)]));
      return (value) => {
        const { tag, val } = (value ?? {}) as { tag?: string; val?: unknown };
        return tests.get(tag!)?.(val) ?? false;
      };
    }
  }
}

/** Says what of a value that does not fit does not. */
function explain(shape: Shape, value: unknown, at: string): void {
  if (typeof shape === "string") return expect(typeof value === shape, at, `a ${shape}`, value);
  const [kind, of] = shape;
  switch (kind) {
    case "number":
      return expect(test(shape)(value), at, `a whole number from ${of} to ${shape[2]}`, value);
    case "option":
      return value === undefined || value === null ? undefined : explain(of, value, at);
    case "list":
      expect(Array.isArray(value), at, "an array", value);
      return (value as unknown[]).forEach((element, index) => explain(of, element, `${at}[${index}]`));
    case "enum":
      return expect(of.includes(value as string), at, `one of ${of.join(", ")}`, value);
    case "tuple":
      expect(Array.isArray(value), at, "an array", value);
      return of.forEach((shape, index) => explain(shape, (value as unknown[])[index], `${at}[${index}]`));
    case "record":
      expect(typeof value === "object" && value !== null, at, "given", value);
      for (const name in of) explain(of[name]!, (value as Record<string, unknown>)[name], `${at}: ${name}`);
      return;
    case "variant": {
      const { tag, val } = (value ?? {}) as { tag?: string; val?: unknown };
      expect(tag !== undefined && tag in of, at, `one of ${Object.keys(of).join(", ")}`, tag);
      const inner = of[tag!];
      return inner === null || inner === undefined ? undefined : explain(inner, val, `${at}: ${tag}`);
    }
  }
}

function expect(fits: boolean, at: string, what: string, value: unknown): void {
  if (fits) return;
  const is = typeof value === "object" && value !== null ? "another thing" : String(JSON.stringify(value));
  throw new TypeError(`${at} must be ${what}, and is ${is}`);
}
