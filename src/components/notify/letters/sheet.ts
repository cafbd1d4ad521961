/** The sheet that letters are printed on, in points of 1/72 inch; what is measured is measured from the top left. */

/** Ten pages are five sheets on both sides, which a folding machine takes. */
export const mostPages = 10;

export function toPoints(millimetres: number): number {
  return (millimetres * 72) / 25.4;
}

/** A4, ISO 216. */
export const pageSize = { width: toPoints(210), height: toPoints(297) } as const;

/** Where the window of a DL envelope shows the address, as GOV.UK Notify specifies it for letters. */
export const addressWindow = {
  left: toPoints(24.6),
  top: toPoints(39.5),
  right: toPoints(24.6 + 95.4),
  bottom: toPoints(39.5 + 26.8),
} as const;

/** Nothing is printed nearer to the edge. */
export const printMargin = toPoints(5);
