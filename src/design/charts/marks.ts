/** How one series looks, beside its colour: the form of its points and the dashes of its line. */
export interface Mark {
  /** SVG around the point 0, 0. */
  readonly shape: string;
  readonly dash: string | undefined;
}

const marks: readonly Mark[] = [
  { shape: '<circle r="4.5"/>', dash: undefined },
  { shape: '<rect x="-4.5" y="-4.5" width="9" height="9"/>', dash: '7 4' },
  { shape: '<path d="M0-6 5.5 4.5H-5.5Z"/>', dash: '2 4' },
  { shape: '<path d="M0-6.5 6.5 0 0 6.5-6.5 0Z"/>', dash: '10 4 2 4' },
];

/** The mark of the series at a place; after the fourth they begin again, so that a chart has four at most. */
export function markFor(index: number): Mark {
  return marks[index % marks.length] ?? { shape: '<circle r="4.5"/>', dash: undefined };
}
