/** How one government's pages differ from another's. */
export interface Look {
  /** Stands in the header, in titles and in the footer pages. */
  readonly governmentName: string;
  /** The colour of the header, `#rrggbb`, dark enough for white text. */
  readonly colour: string;
  /** Where the public reports a problem with a page. */
  readonly contactEmail?: string | undefined;
}

/** The least contrast between text and what is behind it: WCAG 2.2, success criterion 1.4.3, level AA. */
const leastContrast = 4.5;

/**
 * Checks that a look can be used.
 *
 * @throws Error whose message says what to do, when the name is empty, or the colour is no colour or too pale for white text
 */
export function checkLook(look: Look): void {
  if (look.governmentName.trim() === '') throw new Error('The name of the government is empty. Give it a name.');
  const contrast = contrastWithWhite(look.colour);
  if (contrast < leastContrast) {
    throw new Error(
      `White text on ${look.colour} has a contrast of ${contrast.toFixed(1)} to 1, and people need ${leastContrast}. ` +
        'Use a darker colour.',
    );
  }
}

/**
 * The contrast ratio of white on a colour, from 1 (white) to 21 (black): WCAG 2.2, "contrast ratio".
 *
 * @throws Error when the colour is not written `#rrggbb`
 */
export function contrastWithWhite(colour: string): number {
  const [red, green, blue] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0) + 0.05);
}

/**
 * The stylesheet that puts the government's colour, and the tints made of it, over the design system's own custom
 * properties. A stylesheet, because the content security policy lets no style stand in a page.
 */
export function lookStylesheet(colour: string): string {
  return (
    `:root{--govuk-brand-colour:${colour};--govuk-template-background-colour:${tint(colour, 0.95)};` +
    `--govuk-surface-background-colour:${tint(colour, 0.95)};--govuk-surface-border-colour:${tint(colour, 0.5)};` +
    `--commonhold-brand-soft-colour:${tint(colour, 0.88)}}`
  );
}

/** The icon of a page: units of their own on one common ground, in the government's colour. */
export function lookIcon(colour: string): string {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
    `<rect width="32" height="32" rx="6" fill="${colour}"/>` +
    '<path fill="#fff" d="M6 23h20v3H6zM7 12h4v9H7zM14 6h4v15h-4zM21 12h4v9h-4z"/></svg>'
  );
}

/** The colour mixed with that much white: 0.95 is nearly white. */
function tint(colour: string, white: number): string {
  const mixed = channels(colour).map((channel) => Math.round(channel * (1 - white) + 255 * white));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): number[] {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (digits === null) {
    throw new Error(`Cannot read the colour "${colour}". Write it as six digits, such as #1d70b8.`);
  }
  return digits.slice(1).map((pair) => Number.parseInt(pair, 16));
}
