import { randomUUID } from 'node:crypto';

/** Fills the holes of a piece of HTML. What goes into them is HTML: already escaped. */
export type Holed<Hole extends string> = (content: Readonly<Record<Hole, string>>) => string;

/**
 * Renders HTML once and keeps it as strings with holes, for what is rendered again and again and differs in a few places only.
 *
 * @param holes their names, letters and figures only.
 * @param render makes the HTML, with the mark of each hole where it is to be, as often as it likes.
 */
export function renderWithHoles<Hole extends string>(
  holes: readonly Hole[],
  render: (markOf: (hole: Hole) => string) => string,
): Holed<Hole> {
  // Nobody can guess these marks, so that nothing that is rendered can be taken for a hole.
  const secret = randomUUID();
  const pieces = render((hole) => `${secret}:${hole}:`).split(new RegExp(`${secret}:(\\w+):`));
  const steps = pieces.map((piece, index) => {
    const hole = index % 2 === 0 ? undefined : holes.find((name) => name === piece);
    if (index % 2 === 1 && hole === undefined) throw new Error(`There is no hole "${piece}".`);
    return { text: piece, hole };
  });
  return (content) => {
    let html = '';
    for (const { text, hole } of steps) html += hole === undefined ? text : content[hole];
    return html;
  };
}
