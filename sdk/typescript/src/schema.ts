// Schemas of any library that speaks Standard Schema and Standard JSON Schema (https://standardschema.dev), as zod does.
import type { JsonObject } from "./builder";

/** A schema: what types, checks and describes a value. */
export interface Schema<Input = unknown, Output = unknown> {
  readonly "~standard": {
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly jsonSchema: {
      readonly input: (options: { target: "draft-2020-12" }) => Record<string, unknown>;
      readonly output: (options: { target: "draft-2020-12" }) => Record<string, unknown>;
    };
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Result<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** What is wrong with a value. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What callers may give. */
export type Input<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["input"] : Record<string, never>;

/** What the scenario gets: defaults are filled in. */
export type Output<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["output"] : Record<string, never>;

const TARGET = { target: "draft-2020-12" } as const;
const NONE = { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", additionalProperties: false };

/** The JSON Schema of params. One that says nothing of unknown params refuses them, so that a slip of the pen shows. */
export function paramsSchema(schema: Schema | undefined): JsonObject {
  if (schema === undefined) return NONE;
  return { additionalProperties: false, ...jsonSchema(schema).input(TARGET) } as JsonObject;
}

/** The JSON Schema of what a scenario returns. */
export function outputsSchema(schema: Schema): JsonObject {
  return jsonSchema(schema).output(TARGET) as JsonObject;
}

function jsonSchema(schema: Schema): Schema["~standard"]["jsonSchema"] {
  const { jsonSchema } = schema["~standard"] ?? {};
  if (jsonSchema === undefined) {
    throw new TypeError("params and outputs take a schema that knows its JSON Schema, such as zod's: z.object({…})");
  }
  return jsonSchema;
}

/** Checks a value and fills in defaults; otherwise says where what is wrong. */
export function read<O>(schema: Schema<unknown, O>, value: unknown): { value: O } | { at: string; message: string } {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("a schema whose checks are async cannot be used: nothing waits");
  const issue = result.issues?.[0];
  if (issue === undefined) return result as { value: O };
  const at = issue.path?.map((step) => String(typeof step === "object" ? step.key : step)).join(".");
  return { at: at ?? "", message: issue.message };
}
