/** Charts as SVG from the server: lines and bars through time, readable without colour and by a screen reader. */
export { drawBarChart, type BarChart } from './bar-chart.ts';
export { drawChartKey } from './chart-key.ts';
export { drawLineChart, type LineChart, type LinePoint, type LineSeries } from './line-chart.ts';
export type { ChartWords } from './frame.ts';
