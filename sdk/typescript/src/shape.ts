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
    const call = (...args: never[]) => {
      params.forEach((shape, index) => check(shape, args[index], name));
      // Looked up late: there is no host while modules are evaluated.
      return (functions as Functions)[name]!(...args);
    };
    return [name, call];
  });
  return Object.fromEntries(wrapped);
}

function check(shape: Shape, value: unknown, at: string): void {
  if (typeof shape === "string") return expect(typeof value === shape, at, `a ${shape}`, value);
  const [kind, of] = shape;
  switch (kind) {
    case "number": {
      const [, low, high] = shape;
      const fits = Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
      return expect(fits, at, `a whole number from ${low} to ${high}`, value);
    }
    case "option":
      return value === undefined || value === null ? undefined : check(of, value, at);
    case "list":
      expect(Array.isArray(value), at, "an array", value);
      return (value as unknown[]).forEach((element, index) => check(of, element, `${at}[${index}]`));
    case "enum":
      return expect(of.includes(value as string), at, `one of ${of.join(", ")}`, value);
    case "tuple":
      expect(Array.isArray(value), at, "an array", value);
      return of.forEach((shape, index) => check(shape, (value as unknown[])[index], `${at}[${index}]`));
    case "record":
      expect(typeof value === "object" && value !== null, at, "given", value);
      for (const name in of) check(of[name]!, (value as Record<string, unknown>)[name], `${at}: ${name}`);
      return;
    case "variant": {
      const { tag, val } = (value ?? {}) as { tag?: string; val?: unknown };
      expect(tag !== undefined && tag in of, at, `one of ${Object.keys(of).join(", ")}`, tag);
      const inner = of[tag!];
      return inner === null || inner === undefined ? undefined : check(inner, val, `${at}: ${tag}`);
    }
  }
}

function expect(fits: boolean, at: string, what: string, value: unknown): void {
  if (fits) return;
  const is = typeof value === "object" && value !== null ? "another thing" : String(JSON.stringify(value));
  throw new TypeError(`${at} must be ${what}, and is ${is}`);
}
