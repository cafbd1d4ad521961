import { escapeHtml, formatDate, formatNumber } from '#design';
import type { DayCount } from '../counting/transaction-counts.ts';

const height = 240;
const top = 28;
const bottom = 208;

/**
 * A bar chart of days as SVG: an outline for what was started, a filled bar inside it for what was completed, so that
 * neither needs colour. Places across are percentages, so that the chart takes the width of the page and its words keep
 * their size on a phone. The figures stand in the table under it.
 */
export function drawChart(days: readonly DayCount[]): string {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return '';
  const most = scaleFor(Math.max(1, ...days.map((day) => Math.max(day.started, day.completed))));
  const slot = 100 / days.length;
  const lines = [0, most / 2, most].map((value) => {
    const y = yOf(value, most);
    return (
      `<line x1="0" x2="100%" y1="${y}" y2="${y}" stroke="currentColor" stroke-opacity="${value === 0 ? 1 : 0.25}"/>` +
      (value === 0 ? '' : text({ x: 0, y: y - 5, anchor: 'start' }, formatNumber(value)))
    );
  });
  const bars = days.flatMap((day, index) => {
    const left = index * slot;
    return [
      bar({ left: left + slot * 0.12, width: slot * 0.76, value: day.started, most }, 'outline'),
      bar({ left: left + slot * 0.28, width: slot * 0.44, value: day.completed, most }, 'filled'),
    ];
  });
  const label = `Transactions started and completed each day, from ${formatDate(first.day)} to ${formatDate(last.day)}. The table below has the figures.`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(label)}" width="100%" height="${height}" font-family="inherit" font-size="16">` +
    `${lines.join('')}${bars.join('')}` +
    text({ x: 0, y: height - 8, anchor: 'start' }, formatDate(first.day)) +
    (days.length === 1 ? '' : text({ x: 100, y: height - 8, anchor: 'end' }, formatDate(last.day))) +
    '</svg>'
  );
}

/** What the two bars of the chart mean, drawn as they are drawn there. */
export const chartKey: readonly { readonly text: string; readonly svg: string }[] = [
  {
    text: 'Started',
    svg: '<svg width="16" height="16" aria-hidden="true" focusable="false"><rect x="1" y="1" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>',
  },
  {
    text: 'Completed',
    svg: '<svg width="16" height="16" aria-hidden="true" focusable="false"><rect x="3" y="0" width="10" height="16" fill="currentColor"/></svg>',
  },
];

function bar(
  { left, width, value, most }: { left: number; width: number; value: number; most: number },
  look: 'outline' | 'filled',
): string {
  if (value === 0) return '';
  const y = yOf(value, most);
  const paint = look === 'filled' ? 'fill="currentColor"' : 'fill="none" stroke="currentColor" stroke-width="1.5"';
  return `<rect x="${round(left)}%" width="${round(width)}%" y="${y}" height="${round(bottom - y)}" ${paint}/>`;
}

function text(place: { x: number; y: number; anchor: 'start' | 'end' }, words: string): string {
  return `<text x="${place.x}%" y="${place.y}" text-anchor="${place.anchor}" fill="currentColor">${escapeHtml(words)}</text>`;
}

function yOf(value: number, most: number): number {
  return round(bottom - (value / most) * (bottom - top));
}

/** The top of the scale: the next even number of 2, 4, 6, 8 or 10 times a power of ten, so that its half is whole. */
function scaleFor(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return Math.max(2, [2, 4, 6, 8, 10, 20].map((step) => step * power).find((step) => step >= most) ?? most);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
