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
  /** What else is to be seen of it, in a few words below its value. */
  readonly note?: string | undefined;
}

/** How a map is laid out: for wide pages, and for the narrow page of a phone. Its groups share the most items; those of a group beyond its share are drawn as one. */
interface Layout {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  readonly height: number;
  readonly mostItems: number;
}

const layouts: readonly Layout[] = [
  { name: 'wide', width: 1160, height: 640, mostItems: 120 },
  { name: 'narrow', width: 340, height: 720, mostItems: 28 },
];

const heading = 24;
const lineHeight = 17;

/**
 * A treemap as SVG: each group a box with its name, each item in it as large as its value. It is drawn twice, for wide and
 * for narrow pages, of which the style shows one. Places are percentages, so that it takes the width of the page and its
 * words keep their size and break within their box; a box too small for its name still has it as a title. It tells nothing
 * by colour. The figures must stand in a table beside it.
 *
 * @param label what the map shows, for those who do not see it.
 */
export function drawTreemap(groups: readonly TreemapGroup[], label: string): string {
  return layouts.map((layout) => drawLayout(groups, label, layout)).join('');
}

function drawLayout(groups: readonly TreemapGroup[], label: string, layout: Layout): string {
  interface Node {
    readonly name: string;
    readonly value?: number;
    readonly item?: TreemapItem;
    readonly children?: Node[];
  }
  const { width, height } = layout;
  const root = hierarchy<Node>({
    name: '',
    children: groups
      // The tiles come out square only where the largest stands first.
      .toSorted((one, other) => sumOf(other) - sumOf(one))
      .filter((group) => group.items.some((item) => item.value > 0))
      .map((group) => ({
        name: group.name,
        children: gather(group.items, Math.max(6, Math.floor(layout.mostItems / groups.length))).map((item) => ({
          name: item.name,
          value: item.value,
          item,
        })),
      })),
  }).sum((node) => node.value ?? 0);
  if ((root.value ?? 0) <= 0) return '';
  const laidOut = treemap<Node>()
    .tile(treemapSquarify)
    .size([width, height])
    .paddingInner(2)
    .paddingOuter(3)
    // After the outer one, which would take its place.
    .paddingTop((node) => (node.depth === 1 ? heading : 0))
    .round(true)(root);
  const boxes = (laidOut.children ?? []).map((group, index) => {
    const share = ((group.value ?? 0) / (root.value ?? 1)) * 100;
    const title = `${group.data.name}: ${share < 1 ? 'less than 1' : Math.round(share)}%`;
    const items = (group.children ?? []).map((leaf) =>
      leaf.data.item === undefined ? '' : drawItem(leaf, leaf.data.item, index, width),
    );
    return (
      frame(
        group,
        width,
        `<title>${escapeHtml(title)}</title>` +
          words(`<div class="commonhold-treemap__heading">${escapeHtml(title)}</div>`),
      ) + items.join('')
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="commonhold-treemap commonhold-treemap--${layout.name}" role="group" aria-label="${escapeHtml(label)}" width="100%" height="${height}">${boxes.join('')}</svg>`;
}

interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

function drawItem(box: Box, item: TreemapItem, group: number, whole: number): string {
  const wide = box.x1 - box.x0;
  const high = box.y1 - box.y0;
  if (wide < 1 || high < 1) return '';
  const all = [`${item.name}, ${item.shown}`, item.note, item.warning].filter((each) => each !== undefined).join('. ');
  const isWarning = item.warning !== undefined;
  // Whole lines or none, and no name where hardly a word has room: a letter here and there says less than the box.
  const lines = Math.min(6, Math.floor((high - 6) / lineHeight));
  const below = [item.shown, item.note]
    .filter((each) => each !== undefined && wide > 90)
    .slice(0, Math.max(0, lines - 1));
  const label =
    `<div class="commonhold-treemap__name commonhold-treemap__name--${lines - below.length}">${escapeHtml(item.name)}</div>` +
    below.map((each) => `<div class="commonhold-treemap__value">${escapeHtml(each ?? '')}</div>`).join('');
  const inside =
    `<title>${escapeHtml(all)}</title>` +
    `<rect width="100%" height="100%" class="commonhold-treemap__item commonhold-treemap__item--${(group % 4) + 1}${isWarning ? ' commonhold-treemap__item--warning' : ''}"/>` +
    (isWarning && wide > 14 && high > 14 ? sign : '') +
    (wide > 68 && lines > 0 ? words(`<div class="commonhold-treemap__words">${label}</div>`) : '');
  return frame(
    box,
    whole,
    item.href === undefined
      ? inside
      : `<a href="${escapeHtml(item.href)}" aria-label="${escapeHtml(all)}">${inside}</a>`,
  );
}

/** The sign of a warning, in the upper right corner of its box: drawn, since not every machine has the letter for it. */
const sign =
  '<svg x="100%" width="16" height="14" overflow="visible"><path transform="translate(-16 0)" d="M8 3 L14 13 L2 13 Z" class="commonhold-treemap__sign"/></svg>';

/** Words in a box, which break into lines there. The box itself is named, so that they are not read twice. */
function words(html: string): string {
  return `<foreignObject width="100%" height="100%" aria-hidden="true" class="commonhold-treemap__label">${html}</foreignObject>`;
}

/** A nested image, which cuts off what is too long for it at every width of the page. */
function frame(box: Box, whole: number, inside: string): string {
  const across = (value: number): string => `${Math.round((value / whole) * 10_000) / 100}%`;
  return `<svg x="${across(box.x0)}" y="${box.y0}" width="${across(box.x1 - box.x0)}" height="${box.y1 - box.y0}">${inside}</svg>`;
}

function gather(items: readonly TreemapItem[], mostItems: number): TreemapItem[] {
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
