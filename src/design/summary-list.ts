import { components } from './components.ts';
import { escapeHtml } from './frames.ts';
import { renderWithHoles, type Holed } from './holes.ts';

/** A row of a summary list of answers. */
export interface SummaryRow {
  readonly key: string;
  /** Safe HTML. */
  readonly valueHtml: string;
  /** A link to change it; `hidden` is for those who hear it: what it is that is changed. */
  readonly action?: { readonly href: string; readonly text: string; readonly hidden: string } | undefined;
}

/**
 * The summary list of GOV.UK Frontend, for lists of many answers: the pieces that `components.summaryList` makes are made once
 * and kept with holes, so that a row takes a sixth of the time.
 *
 * @param card what the card says that the list stands on; left out where it stands on none.
 */
export function renderSummaryList({
  rows,
  classes = '',
  card,
}: {
  rows: readonly SummaryRow[];
  classes?: string | undefined;
  card?: { readonly title: string; readonly headingLevel: number } | undefined;
}): string {
  const anyAction = rows.some(({ action }) => action !== undefined);
  const onCard = card !== undefined;
  const title = onCard ? escapeHtml(card.title) : '';
  let html = '';
  for (const { key, valueHtml, action } of rows) {
    html += pieceOf({ hasAction: action !== undefined, anyAction, onCard })({
      key: escapeHtml(key),
      value: valueHtml,
      href: escapeHtml(action?.href ?? ''),
      text: escapeHtml(action?.text ?? ''),
      hidden: escapeHtml(action?.hidden ?? ''),
      card: title,
    });
  }
  return frameOf(onCard, card?.headingLevel ?? 2, classes)({ rows: html, card: title });
}

interface RowShape {
  hasAction: boolean;
  /** Whether any row of the list has one: the others then keep its place free. */
  anyAction: boolean;
  onCard: boolean;
}

const rowHoles = ['key', 'value', 'href', 'text', 'hidden', 'card'] as const;
type RowHole = (typeof rowHoles)[number];
const pieces = new Map<string, Holed<RowHole>>();

function pieceOf({ hasAction, anyAction, onCard }: RowShape): Holed<RowHole> {
  const name = `${hasAction} ${anyAction} ${onCard}`;
  const known = pieces.get(name);
  if (known !== undefined) return known;
  const piece = renderWithHoles(rowHoles, (markOf) => {
    const link = { href: markOf('href'), text: markOf('text'), visuallyHiddenText: markOf('hidden') };
    const actions = { items: [link] };
    const row = { key: { text: markOf('key') }, value: { html: markOf('value') } };
    const rows = hasAction ? [{ ...row, actions }] : anyAction ? [row, { ...row, actions }] : [row];
    return cut(components.summaryList({ rows, ...(onCard ? { card: { title: { text: markOf('card') } } } : {}) })).row;
  });
  pieces.set(name, piece);
  return piece;
}

const frames = new Map<string, Holed<'rows' | 'card'>>();

/** What stands around the rows. */
function frameOf(onCard: boolean, headingLevel: number, classes: string): Holed<'rows' | 'card'> {
  const name = `${onCard} ${headingLevel} ${classes}`;
  const known = frames.get(name);
  if (known !== undefined) return known;
  const frame = renderWithHoles(['rows', 'card'], (markOf) => {
    const { before, after } = cut(
      components.summaryList({
        rows: [{ key: { text: 'key' }, value: { text: 'value' } }],
        classes,
        ...(onCard ? { card: { title: { text: markOf('card'), headingLevel } } } : {}),
      }),
    );
    return before + markOf('rows') + after;
  });
  frames.set(name, frame);
  return frame;
}

/** The first row of a list as the macro makes it, and what stands around all rows. */
function cut(html: string): { before: string; row: string; after: string } {
  const opening = '<div class="govuk-summary-list__row';
  const begins = html.indexOf(opening);
  const ends = html.lastIndexOf('</dl>');
  if (begins < 0 || ends < begins)
    throw new Error('This version of GOV.UK Frontend makes summary lists in another way.');
  const next = html.indexOf(opening, begins + 1);
  const row = html.slice(begins, next < 0 ? ends : next);
  return { before: html.slice(0, begins), row, after: html.slice(ends) };
}
