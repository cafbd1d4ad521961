import { scaleLinear } from 'd3-scale';
import { escapeHtml } from '../frames.ts';
import { drawFrame, placeOf, type ChartWords } from './frame.ts';
import { markFor } from './marks.ts';

/** A line through time: a series has a mark of its own, so that lines can be told apart without colour. */
export interface LineSeries {
  readonly name: string;
  /** One for each label of the chart; null is a gap, which is never drawn over. */
  readonly points: readonly (LinePoint | null)[];
}

export interface LinePoint {
  readonly value: number;
  /** Between which values the true one lies with 95% confidence, drawn as a whisker; left out where it is not needed. */
  readonly low?: number;
  readonly high?: number;
}

export interface LineChart extends ChartWords {
  /** What stands along the bottom, from left to right. */
  readonly labels: readonly string[];
  readonly series: readonly LineSeries[];
  /** How a value is written at the side. */
  readonly format: (value: number) => string;
  /** The top of the scale where it is known, such as 1 for a share; otherwise it follows from the values. */
  readonly most?: number;
}

/**
 * Draws lines through time as SVG for a page: it takes the page's width, its words keep their size on a phone, and it is
 * read without colour by the marks, and by a screen reader by its title and description. The figures belong in a table
 * under it.
 */
export function drawLineChart(chart: LineChart): string {
  const all = chart.series.flatMap((series) => series.points.filter((point) => point !== null));
  const highest = Math.max(0, ...all.map((point) => point.high ?? point.value));
  const scale = scaleLinear().domain([0, chart.most ?? (highest === 0 ? 1 : highest)]);
  if (chart.most === undefined) scale.nice(4);
  return drawFrame(chart, { scale, labels: chart.labels, format: chart.format }, (yOf) =>
    chart.series
      .map((series, index) => {
        const mark = markFor(index);
        const lines = series.points.flatMap((point, place) => {
          const before = place === 0 ? null : (series.points[place - 1] ?? null);
          if (point === null || before === null) return [];
          const [x1, x2] = [placeOf(place - 1, chart.labels.length), placeOf(place, chart.labels.length)];
          return [
            `<line x1="${x1}%" x2="${x2}%" y1="${yOf(before.value)}" y2="${yOf(point.value)}" class="commonhold-chart__line commonhold-chart__series-${index + 1}"${mark.dash === undefined ? '' : ` stroke-dasharray="${mark.dash}"`}/>`,
          ];
        });
        const marks = series.points.flatMap((point, place) => {
          if (point === null) return [];
          const x = placeOf(place, chart.labels.length);
          const title = `<title>${escapeHtml(`${series.name}, ${chart.labels[place] ?? ''}: ${chart.format(point.value)}`)}</title>`;
          const whisker =
            point.low === undefined || point.high === undefined
              ? ''
              : `<line x1="${x}%" x2="${x}%" y1="${yOf(point.low)}" y2="${yOf(point.high)}" class="commonhold-chart__whisker"/>`;
          return [
            `${whisker}<svg x="${x}%" y="${yOf(point.value)}" class="commonhold-chart__mark commonhold-chart__series-${index + 1}" overflow="visible">${mark.shape}${title}</svg>`,
          ];
        });
        return lines.join('') + marks.join('');
      })
      .join(''),
  );
}
