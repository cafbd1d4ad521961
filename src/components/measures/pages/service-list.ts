import { formatNumber } from '#design';
import { takeUpOf } from '../figures/figure.ts';
import type { MeasuredService, Population, ShownFigure } from '../figures/population.ts';
import { hasWholeCost } from '../figures/summary.ts';
import { isQuarter } from '../quarters.ts';
import { missing, shownCost, shownCount, shownShare, shownYear } from './shown.ts';
import { byQuarter } from './trend.ts';

/** What a person asked the list for. */
export interface ListQuery {
  readonly q?: string | undefined;
  readonly department?: string | undefined;
  readonly sort?: string | undefined;
  readonly quarter?: string | undefined;
  readonly page?: string | undefined;
}

interface Listed {
  readonly service: MeasuredService;
  readonly figure: ShownFigure | undefined;
}

/** How the list can be sorted; services whose figure is missing come last whichever way. */
const sorts: Readonly<Record<string, { text: string; of: (listed: Listed) => number | null }>> = {
  transactions: { text: 'Most transactions', of: ({ figure }) => negative(figure?.transactions) },
  'highest-cost': { text: 'Highest cost per transaction', of: ({ figure }) => negative(wholeCost(figure)) },
  'lowest-cost': { text: 'Lowest cost per transaction', of: ({ figure }) => wholeCost(figure) },
  'take-up': { text: 'Highest digital take-up', of: ({ figure }) => (figure ? negative(takeUpOf(figure)) : null) },
  'lowest-take-up': { text: 'Lowest digital take-up', of: ({ figure }) => (figure ? takeUpOf(figure) : null) },
  completion: { text: 'Highest completion rate', of: ({ figure }) => negative(figure?.completionRate) },
  satisfaction: { text: 'Highest satisfaction', of: ({ figure }) => negative(figure?.satisfaction) },
  name: { text: 'Name', of: () => null },
};
const firstSort = 'transactions';

const onePage = 25;

/** The page of all services of a population: searched, filtered, sorted and cut into pages, all by its address. */
export function listPage(
  population: Population,
  figures: readonly ShownFigure[],
  query: ListQuery,
  ownCurrency: string,
) {
  const currency = population.history?.currency ?? ownCurrency;
  const quarters = [...byQuarter(figures)].toReversed();
  const asked = query.quarter !== undefined && isQuarter(query.quarter) ? query.quarter : undefined;
  const [quarter, rows = []] = quarters.find(([each]) => each === asked) ?? quarters[0] ?? [];
  const figureOf = new Map(rows.map((figure) => [figure.serviceId, figure]));
  const words = (query.q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((each) => each !== '');
  const sort = Object.hasOwn(sorts, query.sort ?? '') ? (query.sort ?? firstSort) : firstSort;
  const found = population.services
    .filter(
      (service) =>
        (!query.department || service.departmentSlug === query.department) &&
        words.every((each) =>
          `${service.name} ${service.department} ${service.agency ?? ''}`.toLowerCase().includes(each),
        ),
    )
    .map((service): Listed => ({ service, figure: figureOf.get(service.serviceId) }))
    .toSorted(compareBy(sorts[sort]?.of ?? (() => null)));
  const pages = Math.max(1, Math.ceil(found.length / onePage));
  const page = Math.min(pages, Math.max(1, Number.parseInt(query.page ?? '1', 10) || 1));
  const from = (page - 1) * onePage;
  const addressOf = (number: number): string => {
    const kept = { q: query.q, department: query.department, sort: query.sort, quarter: query.quarter };
    const parts = Object.entries(kept).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []));
    return `?${new URLSearchParams([...parts, ['page', String(number)]]).toString()}`;
  };
  const departments = [...new Map(population.services.map((each) => [each.departmentSlug, each.department]))];
  return {
    title: 'All services',
    caption: population.history?.title ?? null,
    query: { q: query.q ?? '', department: query.department ?? '' },
    isFiltered: words.length > 0 || Boolean(query.department),
    departments: [
      { value: '', text: 'All departments', selected: !query.department },
      ...departments
        .toSorted(([, one], [, other]) => one.localeCompare(other))
        .map(([value, text]) => ({ value, text, selected: value === query.department })),
    ],
    sorts: Object.entries(sorts).map(([value, { text }]) => ({ value, text, selected: value === sort })),
    quarters: quarters.map(([value, all]) => ({
      value,
      text: `Year to ${shownYear(all[0]?.to ?? '')}${all[0]?.revision === 0 ? ' (still running)' : ''}`,
      selected: value === quarter,
    })),
    found: formatNumber(found.length),
    shown:
      found.length === 0 ? '' : `${formatNumber(from + 1)} to ${formatNumber(Math.min(found.length, from + onePage))}`,
    rows: found.slice(from, from + onePage).map(({ service, figure }) => [
      {
        text: service.name,
        href: `${population.address}/services/${service.slug}`,
        hint: service.agency ?? service.department,
      },
      { text: shownCount(figure?.transactions ?? null) },
      { text: shownShare(figure === undefined ? null : takeUpOf(figure)) },
      figure === undefined ? { text: missing } : shownCost(figure, currency),
      { text: shownShare(figure?.completionRate ?? null) },
      { text: shownShare(figure?.satisfaction ?? null) },
    ]),
    pagination:
      pages === 1
        ? null
        : {
            previous: page > 1 ? { href: addressOf(page - 1) } : undefined,
            next: page < pages ? { href: addressOf(page + 1) } : undefined,
            items: pageNumbers(page, pages).map((number) =>
              number === null ? { ellipsis: true } : { number, href: addressOf(number), current: number === page },
            ),
          },
  };
}

/** The first, the last and those around the current one; null where some are left out. */
function pageNumbers(page: number, pages: number): (number | null)[] {
  const shown = Array.from({ length: pages }, (_, index) => index + 1).filter(
    (number) => number === 1 || number === pages || Math.abs(number - page) <= 1,
  );
  return shown.flatMap((number, place) =>
    place > 0 && number - (shown[place - 1] ?? 0) > 1 ? [null, number] : [number],
  );
}

function compareBy(of: (listed: Listed) => number | null): (one: Listed, other: Listed) => number {
  return (one, other) => {
    const [first, second] = [of(one), of(other)];
    if (first !== null && second !== null && first !== second) return first - second;
    if (first === null && second !== null) return 1;
    if (first !== null && second === null) return -1;
    return one.service.name.localeCompare(other.service.name);
  };
}

function wholeCost(figure: ShownFigure | undefined): number | null {
  return figure !== undefined && hasWholeCost(figure) ? figure.costPerTransaction : null;
}

function negative(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : -value;
}
