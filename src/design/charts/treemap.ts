import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import { escapeHtml } from '../frames.ts';

/** A group of the map: a heading and what lies under it. */
export interface TreemapGroup {
  readonly name: string;
  readonly items: readonly TreemapItem[];
}

export interface TreemapItem {
  readonly name: string;
  /** By which its area is drawn: 0 or more. */
  readonly value: number;
  /** The value as people read it. */
  readonly shown: string;
  readonly href?: string | undefined;
  /** What is the matter with it, in words: it is then drawn with a thick border and a sign. */
  readonly warning?: string | undefined;
}

const [width, height, heading] = [960, 560, 22];

/** Items of a group beyond these are drawn as one. */
const mostItems = 40;

/**
 * A treemap as SVG: each group a box with its name, each item in it as large as its value. Places are percentages, so that
 * it takes the width of the page and its words keep their size; a box too small for its name still has it as a title. It
 * tells nothing by colour. The figures must stand in a table beside it.
 *
 * @param label what the map shows, for those who do not see it.
 */
export function drawTreemap(groups: readonly TreemapGroup[], label: string): string {
  interface Node {
    readonly name: string;
    readonly value?: number;
    readonly item?: TreemapItem;
    readonly children?: Node[];
  }
  const root = hierarchy<Node>({
    name: '',
    children: groups
      // The tiles come out square only where the largest stands first.
      .toSorted((one, other) => sumOf(other) - sumOf(one))
      .filter((group) => group.items.some((item) => item.value > 0))
      .map((group) => ({
        name: group.name,
        children: gather(group.items).map((item) => ({ name: item.name, value: item.value, item })),
      })),
  }).sum((node) => node.value ?? 0);
  if ((root.value ?? 0) <= 0) return '';
  const laidOut = treemap<Node>()
    .tile(treemapSquarify)
    .size([width, height])
    .paddingTop(heading)
    .paddingInner(2)
    .paddingOuter(3)
    .round(true)(root);
  const boxes = (laidOut.children ?? []).map((group, index) => {
    const share = ((group.value ?? 0) / (root.value ?? 1)) * 100;
    const title = `${group.data.name}: ${share < 1 ? 'less than 1' : Math.round(share)}%`;
    const items = (group.children ?? []).map((leaf) =>
      leaf.data.item === undefined ? '' : drawItem(leaf, leaf.data.item, index),
    );
    return (
      frame(
        group,
        `<rect width="100%" height="100%" class="commonhold-treemap__group"/><title>${escapeHtml(title)}</title>` +
          text(6, 16, title, 'commonhold-treemap__heading'),
      ) + items.join('')
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="commonhold-treemap" role="group" aria-label="${escapeHtml(label)}" width="100%" height="${height}">${boxes.join('')}</svg>`;
}

interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

function drawItem(box: Box, item: TreemapItem, group: number): string {
  const wide = box.x1 - box.x0;
  const high = box.y1 - box.y0;
  if (wide < 1 || high < 1) return '';
  const words = `${item.name}, ${item.shown}${item.warning === undefined ? '' : `. ${item.warning}`}`;
  const name = item.warning === undefined ? item.name : `▲ ${item.name}`;
  const inside =
    `<title>${escapeHtml(words)}</title>` +
    `<rect width="100%" height="100%" class="commonhold-treemap__item commonhold-treemap__item--${(group % 4) + 1}${item.warning === undefined ? '' : ' commonhold-treemap__item--warning'}"/>` +
    (wide > 44 && high > 18 ? text(5, 15, name, 'commonhold-treemap__name') : '') +
    (wide > 60 && high > 36 ? text(5, 32, item.shown, 'commonhold-treemap__value') : '');
  return frame(
    box,
    item.href === undefined
      ? inside
      : `<a href="${escapeHtml(item.href)}" aria-label="${escapeHtml(words)}">${inside}</a>`,
  );
}

/** A nested image, which cuts off what is too long for it at every width of the page. */
function frame(box: Box, inside: string): string {
  const across = (value: number): string => `${Math.round((value / width) * 10_000) / 100}%`;
  return `<svg x="${across(box.x0)}" y="${box.y0}" width="${across(box.x1 - box.x0)}" height="${box.y1 - box.y0}">${inside}</svg>`;
}

function text(x: number, y: number, words: string, name: string): string {
  return `<text x="${x}" y="${y}" class="${name}" aria-hidden="true">${escapeHtml(words)}</text>`;
}

function gather(items: readonly TreemapItem[]): TreemapItem[] {
  const sorted = items.toSorted((one, other) => other.value - one.value);
  if (sorted.length <= mostItems) return sorted;
  const rest = sorted.slice(mostItems);
  const warnings = rest.filter((item) => item.warning !== undefined).length;
  return [
    ...sorted.slice(0, mostItems),
    {
      name: `${rest.length} others`,
      value: rest.reduce((sum, item) => sum + item.value, 0),
      shown: 'in the table',
      ...(warnings === 0 ? {} : { warning: `${warnings} of them with a warning` }),
    },
  ];
}

function sumOf(group: TreemapGroup): number {
  return group.items.reduce((sum, item) => sum + item.value, 0);
}
