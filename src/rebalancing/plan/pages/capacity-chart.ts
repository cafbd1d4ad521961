import { escapeHtml } from '#design';
import { dayOfQuarter } from '../problem/months.ts';
import type { CapacityUse } from '../reading/reading.ts';

const rowHeight = 62;
const nameAt = 16;
const [top, bottom] = [24, 48];
/** More rows than this are a list to search, not a picture: the table has all of them. */
const mostRows = 16;

/**
 * How busy departments and teams are, as SVG: a row for each, and in it a bar for each quarter. The outline is what there
 * is, filled to how much of it moves take, so that it is read without colour. Places across are shares of the width, so
 * that it fits a phone. The table under it has the figures.
 *
 * @param startsOn the first day of the first quarter, as an ISO date.
 */
export function drawCapacityUse(uses: readonly CapacityUse[], startsOn: string): string {
  const shown = uses.filter(({ used }) => used.some((weeks) => weeks > 0)).slice(0, mostRows);
  if (shown.length === 0) return '';
  const quarters = Math.max(...shown.map(({ used }) => used.length));
  const slot = 100 / quarters;
  const height = shown.length * rowHeight + 18;
  const rows = shown.map(({ name, used, most }, row) => {
    const y = row * rowHeight;
    const bars = used.map((weeks, quarter) => {
      const there = most[quarter] ?? 0;
      const words = `${name}, ${quarterName(startsOn, quarter)}: ${weeks} of ${there} person-weeks`;
      const place = `x="${round(quarter * slot + slot * 0.1)}%" width="${round(slot * 0.8)}%"`;
      const fill = there === 0 ? 0 : Math.min(1, weeks / there) * (bottom - top);
      return (
        `<g><title>${escapeHtml(words)}</title>` +
        (fill === 0
          ? ''
          : `<rect ${place} y="${round(y + bottom - fill)}" height="${round(fill)}" class="commonhold-chart__bar commonhold-chart__bar--filled"/>`) +
        `<rect ${place} y="${y + top}" height="${bottom - top}" class="commonhold-chart__bar commonhold-chart__bar--outline"/></g>`
      );
    });
    return `<text x="0" y="${y + nameAt}">${escapeHtml(name)}</text>${bars.join('')}`;
  });
  const first = Number(startsOn.slice(0, 4));
  const years = Array.from({ length: Math.ceil(quarters / 4) }, (_, year) => year)
    // On a phone every year would lie over the next.
    .filter((year) => year === 0 || year === Math.floor(quarters / 8) || year === Math.ceil(quarters / 4) - 1)
    .map((year) => `<text x="${round(year * 4 * slot + slot * 0.1)}%" y="${height - 2}">${first + year}</text>`);
  const label = `Person-weeks of ${shown.length} departments and teams over ${quarters} quarters. The table below has the figures.`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(label)}" width="100%" height="${height}" class="commonhold-chart__drawing">` +
    `${rows.join('')}${years.join('')}</svg>`
  );
}

/** A quarter of a plan by its first month: `January 2027`. */
export function quarterName(startsOn: string, quarter: number): string {
  const first = new Date(`${dayOfQuarter(startsOn, quarter)}T00:00:00Z`);
  return first.toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
