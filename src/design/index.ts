/**
 * How pages look: the layout, the components of GOV.UK Frontend as macros and as functions, our own components for pages
 * of staff, the assets, and the pages about cookies, privacy and accessibility. The government's name and colour are
 * arguments. No script or style stands in a page, and every page works without JavaScript.
 */
export {
  drawBarChart,
  drawChartKey,
  drawLineChart,
  type BarChart,
  type LineChart,
  type LinePoint,
  type LineSeries,
} from './charts/index.ts';
export { drawTreemap, type TreemapGroup, type TreemapItem } from './charts/treemap.ts';
export { components } from './components.ts';
export type * from './components.ts';
export { formatDate, formatDateTime, formatNumber, formatPercentage } from './formats.ts';
export { escapeHtml } from './frames.ts';
export { renderWithHoles, type Holed } from './holes.ts';
export { checkLook, type Look } from './look.ts';
export { designPart } from './pages.ts';
export { renderSummaryList, type SummaryRow } from './summary-list.ts';
export { createRenderer, csrfField, errorFor } from './renderer.ts';
export type { NavigationItem, PageData, PageError, PageNotice, PageService, Renderer } from './renderer.ts';
