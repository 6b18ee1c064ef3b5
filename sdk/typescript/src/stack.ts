// From a position in the bundle to one in its author's source.

/** Where the author's code went: for each line of the bundle its stretches, by column, both counted from 0. */
export interface SourceTable {
  readonly files: readonly string[];
  /** Four numbers a stretch: its column in the bundle; file, line and column of the source. */
  readonly lines: readonly (readonly number[])[];
}

/** More frames say no more. */
const MOST = 10;
/** A frame of a script: so QuickJS calls what is evaluated. Those of the interpreter itself have a file's name. */
const FRAME = /^\s*at (.*?) ?\(?<input>:(\d+):(\d+)\)?$/;

/** The author's own frames of a stack, as `at name (file:line:column)`; those of libraries are left out. */
export function frames(stack: string, table: SourceTable | undefined): string[] {
  const found: string[] = [];
  for (const line of stack.split("\n")) {
    const [, name, row, column] = FRAME.exec(line) ?? [];
    const place = row === undefined ? undefined : source(table, Number(row) - 1, Number(column) - 1);
    if (place !== undefined) found.push(name ? `at ${name} (${place})` : `at ${place}`);
  }
  return found.slice(0, MOST);
}

function source(table: SourceTable | undefined, row: number, column: number): string | undefined {
  const stretches = table?.lines[row] ?? [];
  let last: number | undefined;
  for (let index = 0; index < stretches.length && stretches[index]! <= column; index += 4) last = index;
  if (last === undefined) return undefined;
  const [file, line, start] = stretches.slice(last + 1, last + 4);
  return file === undefined || file < 0 ? undefined : `${table?.files[file]}:${line! + 1}:${start! + 1}`;
}
