import type { ScaleLinear } from 'd3-scale';
import { escapeHtml } from '../frames.ts';

/** What a chart says of itself to whoever cannot see it. */
export interface ChartWords {
  /** Of this chart on its page, for its parts to name each other: `cost`. Letters, digits and hyphens. */
  readonly id: string;
  /** What is shown: `Cost per transaction by quarter`. */
  readonly title: string;
  /** What is to be seen in it, in a sentence or two. */
  readonly description: string;
}

interface Axes {
  readonly scale: ScaleLinear<number, number>;
  readonly labels: readonly string[];
  readonly format: (value: number) => string;
}

/** How much room values need beside a drawing, by the characters of the longest. The styles know the names. */
function roomFor(values: readonly string[]): 'narrow-values' | 'middling-values' | 'wide-values' {
  const longest = Math.max(0, ...values.map((value) => value.length));
  if (longest <= 4) return 'narrow-values';
  return longest <= 7 ? 'middling-values' : 'wide-values';
}

const height = 260;
const top = 30;
const bottom = 222;

/**
 * The frame of a chart: its name for screen readers, lines for the values at the side, labels below. Places across are
 * percentages, so that it takes the width of the page while its words keep their size.
 *
 * @param draw given where a value stands from the top, draws what is inside.
 */
export function drawFrame(words: ChartWords, axes: Axes, draw: (yOf: (value: number) => number) => string): string {
  const { scale, labels, format } = axes;
  scale.range([bottom, top]);
  const yOf = (value: number): number => Math.round(scale(value) * 100) / 100;
  const ticks = scale.ticks(4);
  const rules = ticks.map((value) => {
    const y = yOf(value);
    return `<line x1="0" x2="100%" y1="${y}" y2="${y}" class="commonhold-chart__${value === 0 ? 'base' : 'rule'}"/>`;
  });
  // They stand in the drawing's padding on the left, beside their lines, so that they and what is drawn never meet.
  const written = ticks.map((value) => ({ y: yOf(value) + 5, text: format(value) }));
  const room = roomFor(written.map(({ text }) => text));
  const values = written.map(({ y, text }) => `<text x="-8" y="${y}" text-anchor="end">${escapeHtml(text)}</text>`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="commonhold-chart__drawing commonhold-chart__drawing--${room}" role="img" aria-labelledby="${words.id}-title ${words.id}-description" width="100%" height="${height}">` +
    `<title id="${words.id}-title">${escapeHtml(words.title)}</title>` +
    `<desc id="${words.id}-description">${escapeHtml(words.description)}</desc>` +
    `${rules.join('')}${draw(yOf)}${values.join('')}${labelsBelow(labels)}</svg>`
  );
}

/** Where the label at a place stands across, in percent: the middle of its slot. */
export function placeOf(place: number, count: number): number {
  return Math.round(((place + 0.5) / count) * 10_000) / 100;
}

/** How many characters of labels fit beside each other on a phone. */
const roomBelow = 28;

/**
 * Each label under its place where all of them fit on a phone; otherwise the first and the last, and one in the middle
 * where there is room.
 */
function labelsBelow(labels: readonly string[]): string {
  const last = labels.length - 1;
  const text = (place: number, x: number, anchor: string): string =>
    `<text x="${x}%" y="${height - 12}" text-anchor="${anchor}">${escapeHtml(labels[place] ?? '')}</text>`;
  if (labels.join(' ').length <= roomBelow) {
    return labels.map((_, place) => text(place, placeOf(place, labels.length), 'middle')).join('');
  }
  const middle = last >= 4 ? Math.round(last / 2) : undefined;
  return (
    text(0, 0, 'start') +
    (middle === undefined ? '' : text(middle, placeOf(middle, labels.length), 'middle')) +
    text(last, 100, 'end')
  );
}
