import { escapeHtml } from '../frames.ts';
import { markFor } from './marks.ts';

/** What the marks of a chart mean, drawn as they are drawn there; nothing for one series, which the heading names. */
export function drawChartKey(kind: 'lines' | 'bars', names: readonly string[]): string {
  if (names.length < 2) return '';
  const items = names.map((name, index) => {
    const drawing = kind === 'lines' ? lineSample(index) : barSample(index);
    return `<li><svg width="34" height="16" aria-hidden="true" focusable="false">${drawing}</svg> ${escapeHtml(name)}</li>`;
  });
  return `<ul class="commonhold-chart__key">${items.join('')}</ul>`;
}

function lineSample(index: number): string {
  const { shape, dash } = markFor(index);
  const series = `commonhold-chart__series-${index + 1}`;
  return (
    `<line x1="0" x2="34" y1="8" y2="8" class="commonhold-chart__line ${series}"${dash === undefined ? '' : ` stroke-dasharray="${dash}"`}/>` +
    `<svg x="17" y="8" overflow="visible" class="commonhold-chart__mark ${series}">${shape}</svg>`
  );
}

function barSample(index: number): string {
  return index === 0
    ? '<rect x="9" y="1" width="16" height="14" class="commonhold-chart__bar commonhold-chart__bar--outline"/>'
    : '<rect x="12" y="1" width="10" height="14" class="commonhold-chart__bar commonhold-chart__bar--filled"/>';
}
