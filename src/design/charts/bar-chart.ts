import { scaleLinear } from 'd3-scale';
import { escapeHtml } from '../frames.ts';
import { drawFrame, type ChartWords } from './frame.ts';

/** Bars side by side through time: the first series as outlines, the second filled inside them, so that neither needs colour. */
export interface BarChart extends ChartWords {
  readonly labels: readonly string[];
  /** One or two series; of two, the second is a part of the first, such as what was completed of what was started. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly format: (value: number) => string;
}

/** Draws bars as SVG for a page, in the manner of `drawLineChart`. A value that is missing has no bar. */
export function drawBarChart(chart: BarChart): string {
  const values = chart.series.flatMap((series) => series.values.map((value) => value ?? 0));
  const scale = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0, ...values) || 1])
    .nice(4);
  const slot = 100 / Math.max(1, chart.labels.length);
  return drawFrame(chart, { scale, labels: chart.labels, format: chart.format }, (yOf) =>
    chart.series
      .flatMap((series, index) =>
        series.values.map((value, place) => {
          if (value === null || value === 0) return '';
          const look = chart.series.length === 1 || index === 1 ? 'filled' : 'outline';
          const width = slot * (index === 1 ? 0.36 : 0.68);
          const [top, bottom] = [yOf(Math.max(0, value)), yOf(Math.min(0, value))];
          const title = escapeHtml(`${series.name}, ${chart.labels[place] ?? ''}: ${chart.format(value)}`);
          return (
            `<rect x="${round(place * slot + (slot - width) / 2)}%" width="${round(width)}%" y="${top}" height="${round(bottom - top)}"` +
            ` class="commonhold-chart__bar commonhold-chart__bar--${look}"><title>${title}</title></rect>`
          );
        }),
      )
      .join(''),
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
