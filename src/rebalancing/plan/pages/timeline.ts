import { escapeHtml } from '#design';
import type { MoveRow } from '../plans/table.ts';
import type { Problem } from '../problem/problem.ts';

const rowHeight = 22;
const top = 26;

/**
 * The moves of a plan as bars over its quarters, as SVG: places across are shares of the width, so that it fits a phone; the
 * words stand in the table under it.
 */
export function drawTimeline(problem: Problem, shown: readonly MoveRow[]): string {
  if (shown.length === 0) return '';
  const height = top + shown.length * rowHeight + 4;
  const at = (quarter: number): string => `${((quarter / problem.quarters) * 100).toFixed(3)}%`;
  const year = Number(problem.startsOn.slice(0, 4));
  const lines = Array.from({ length: Math.ceil(problem.quarters / 4) }, (_, index) => index).map(
    (index) =>
      `<line x1="${at(index * 4)}" x2="${at(index * 4)}" y1="0" y2="${height}" stroke="currentColor" stroke-opacity="0.3"/>` +
      `<text x="${at(index * 4)}" dx="4" y="16" fill="currentColor">${year + index}</text>`,
  );
  const bars = shown.map((row, index) => {
    const y = top + index * rowHeight;
    const right = row.startQuarter + row.quarters > problem.quarters * 0.6;
    const label = right
      ? `<text x="${at(row.startQuarter)}" dx="-6" y="${y + 14}" text-anchor="end" fill="currentColor">${escapeHtml(short(row.name))}</text>`
      : `<text x="${at(row.startQuarter + row.quarters)}" dx="6" y="${y + 14}" fill="currentColor">${escapeHtml(short(row.name))}</text>`;
    return `<rect x="${at(row.startQuarter)}" y="${y}" width="${at(row.quarters)}" height="${rowHeight - 6}" fill="#1d70b8"/>${label}`;
  });
  const label = `${shown.length} moves over ${problem.quarters} quarters. The table below has each of them.`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(label)}" width="100%" height="${height}" class="commonhold-chart__drawing">` +
    `${lines.join('')}${bars.join('')}</svg>`
  );
}

function short(name: string): string {
  return name.length > 28 ? `${name.slice(0, 27)}…` : name;
}
