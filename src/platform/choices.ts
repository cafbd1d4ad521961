/**
 * The one of the choices that a text is. For what the database or a file holds as text and the code knows by its few
 * values: a value that an older or newer version of the program wrote is noticed here, and not somewhere later.
 *
 * @throws Error where it is none of them.
 */
export function oneOf<T extends string>(choices: readonly T[], text: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new Error(`"${text}" is none of ${choices.join(', ')}.`);
  return found;
}
