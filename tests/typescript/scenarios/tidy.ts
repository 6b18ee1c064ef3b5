/** A module of the author's own, in which an error has a line. */
export function tidy(thing: { text: string }): string {
  const text = thing.text;
  return text.trim();
}
