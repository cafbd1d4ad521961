import { Type } from 'typebox';
import {
  drawTreemap,
  formatDate,
  formatNumber,
  type TreemapGroup,
  type TreemapItem,
  type WorkListParams,
} from '#design';
import type { Server } from '#platform';
import { aboutAreas, areas } from '../areas.ts';
import { listNeeds } from '../needs/needs.ts';
import { listTargets } from '../needs/targets.ts';
import { readEstate, type MappedSystem, type WholeEstate } from '../whole-estate.ts';
import { pageOf } from './pages-of-a-list.ts';
import { field, openEstate, params, places, type EstatePages } from './places.ts';
import { plural, shortMoney } from './words.ts';

const groupings = {
  area: 'Area',
  department: 'Department',
  supplier: 'Supplier',
  'decide-by': 'Decide by',
  moved: 'What has moved',
} as const;
type Grouping = keyof typeof groupings;
const pageLength = 25;

/** The map: the whole estate on one page by cost, with the table under it. */
export function addMapPages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(
      place.path,
      {
        config: place.reading,
        schema: {
          params,
          querystring: Type.Object({
            by: field,
            area: field,
            department: field,
            need: field,
            q: field,
            page: field,
            done: field,
          }),
        },
      },
      async (request, reply) => {
        const { query } = request;
        const asAt = pages.calendar.today();
        const { estate, needs, targets, standing } = await openEstate(
          pages,
          request,
          place,
          { current: '' },
          async (tx, open) => ({
            standing: open,
            estate: await readEstate(tx, asAt),
            needs: await listNeeds(tx),
            targets: new Map((await listTargets(tx)).map((target) => [target.id, target.name])),
          }),
        );
        const by = isGrouping(query.by) ? query.by : 'area';
        const systems = filterSystems(estate.systems, query);
        const cost = systems.reduce((sum, system) => sum + system.yearlyCost, 0);
        const soon = systems.filter((system) => system.decideBy !== null && system.decideBy < addYear(asAt));
        const broken = systems.filter((system) => system.breaches.some((breach) => breach.kind === 'breach'));
        const departments = [
          ...new Map(estate.systems.map((system) => [system.departmentId, system.departmentName])),
        ].toSorted((one, other) => one[1].localeCompare(other[1], 'en'));
        const ordered = systems.toSorted((one, other) =>
          by === 'decide-by'
            ? (one.decideBy ?? '9999').localeCompare(other.decideBy ?? '9999')
            : other.yearlyCost - one.yearlyCost,
        );
        const number = pageOf(query.page, ordered.length, pageLength);
        const shown = ordered.slice((number - 1) * pageLength, number * pageLength);
        const address = (page: number): string => {
          const wanted = new URLSearchParams();
          for (const [name, value] of Object.entries({ ...query, page: String(page), done: '' })) {
            if (value !== undefined && value !== '') wanted.set(name, value);
          }
          return `${standing.base}?${wanted.toString()}`;
        };
        return reply.page('estate/map', {
          title: 'Technology',
          ...standing.frame,
          notice: query.done === 'retired' ? { type: 'success', heading: 'The system was retired' } : undefined,
          isEmpty: estate.systems.length === 0,
          boxesAreNeeds: systems.length > mostBoxes && by !== 'supplier' && by !== 'moved',
          nothingFound: systems.length === 0,
          mayEdit: standing.mayEdit,
          figures: [
            { label: 'Systems', value: formatNumber(systems.length) },
            { label: 'Cost a year', value: shortMoney(cost, pages.currency) },
            {
              label: 'To decide within a year',
              value: formatNumber(soon.length),
              href: `${standing.base}?by=decide-by`,
            },
            {
              label: 'Break a rule',
              value: formatNumber(broken.length),
              href: `${standing.base}/rules`,
              hint: estate.pack === null ? 'No rules are in force' : estate.pack.name,
            },
          ],
          areas: areas.map((area) => {
            const own = systems.filter((system) => system.area === area);
            return {
              ...aboutAreas[area],
              count: plural(own.length, 'system'),
              cost: shortMoney(
                own.reduce((sum, system) => sum + system.yearlyCost, 0),
                pages.currency,
              ),
              href: `${standing.base}?area=${encodeURIComponent(area)}`,
            };
          }),
          map: drawTreemap(
            groupSystems(systems, {
              estate,
              targets,
              needs: new Map(needs.map((need) => [need.key, need.name])),
              by,
              base: standing.base,
              currency: pages.currency,
              query,
            }),
            `The cost a year of ${plural(systems.length, 'system')}, by ${groupings[by].toLowerCase()}. The table below has the figures.`,
          ),
          filter: {
            by: Object.entries(groupings).map(([value, text]) => ({ value, text, selected: value === by })),
            area: choices(
              [...areas.map((area) => [area, aboutAreas[area].name] as const), ['none', 'Not known']],
              query.area,
              'Every area',
            ),
            department:
              standing.place === 'government' ? choices(departments, query.department, 'Every department') : null,
            need: choices(
              [...needs.map((need) => [need.key, need.name] as const), ['none', 'Not known']],
              query.need,
              'Every need',
            ),
            q: query.q ?? '',
          },
          list: listOf(shown, standing.base, standing.place === 'government', asAt),
          summary: `${plural(ordered.length, 'system')}, ${by === 'decide-by' ? 'the first to decide first' : 'the dearest first'}`,
          previous: number > 1 ? address(number - 1) : undefined,
          next: number * pageLength < ordered.length ? address(number + 1) : undefined,
        });
      },
    );
  }
}

function filterSystems(
  systems: readonly MappedSystem[],
  query: { area?: string; department?: string; need?: string; q?: string },
): MappedSystem[] {
  const words = (query.q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return systems
    .filter((system) => system.lifecycle !== 'retired')
    .filter((system) => !isAsked(query.area) || (system.area ?? 'none') === query.area)
    .filter((system) => !isAsked(query.department) || system.departmentId === query.department)
    .filter(
      (system) =>
        !isAsked(query.need) ||
        (query.need === 'none'
          ? system.parts.every((part) => part.needKey === null)
          : system.parts.some((part) => part.needKey === query.need)),
    )
    .filter((system) => {
      const text =
        `${system.name} ${system.reference ?? ''} ${system.description} ${system.departmentName}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
}

interface MapOptions {
  readonly estate: WholeEstate;
  /** Names by id, and by key. */
  readonly targets: ReadonlyMap<string, string>;
  readonly needs: ReadonlyMap<string, string>;
  readonly by: Grouping;
  readonly base: string;
  readonly currency: string;
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** Of more systems than these the boxes are needs, since those of systems would be too small to read. */
const mostBoxes = 400;

function groupSystems(
  systems: readonly MappedSystem[],
  { estate, targets, needs, by, base, currency, query }: MapOptions,
): TreemapGroup[] {
  if (by === 'supplier') return groupBySupplier(systems, estate, base);
  if (by === 'moved') return groupByTarget(systems, targets, base);
  const nameOf = (system: MappedSystem): string => {
    if (by === 'area') return system.area === null ? 'Area not known' : aboutAreas[system.area].name;
    if (by === 'department') return system.departmentName;
    return system.decideBy === null
      ? 'Nothing to decide'
      : system.decideBy < estate.asAt
        ? 'Overdue'
        : system.decideBy.slice(0, 4);
  };
  return [...Map.groupBy(systems, nameOf)].map(([name, group]) => ({
    name,
    items:
      systems.length > mostBoxes
        ? byNeed(group, { needs, base, currency, query })
        : group.map((system) => ({
            name: system.name,
            value: system.yearlyCost,
            shown: shortMoney(system.yearlyCost, system.currency),
            href: `${base}/systems/${system.id}`,
            warning: warningOf(system),
            note: movedWords(system),
          })),
  }));
}

/** What systems cost, by the need that each is there for. */
function byNeed(
  systems: readonly MappedSystem[],
  { needs, base, currency, query }: Pick<MapOptions, 'needs' | 'base' | 'currency' | 'query'>,
): TreemapItem[] {
  const keyOf = (system: MappedSystem): string =>
    system.parts.find(({ needKey }) => needKey !== null)?.needKey ?? 'none';
  return [...Map.groupBy(systems, keyOf)].map(([key, group]) => {
    const value = group.reduce((sum, system) => sum + system.yearlyCost, 0);
    const wanted = new URLSearchParams();
    for (const [name, asked] of Object.entries({ ...query, need: key, page: '', done: '' })) {
      if (asked !== undefined && asked !== '') wanted.set(name, asked);
    }
    const [first] = group;
    if (query['area'] === undefined && first !== undefined && group.every(({ area }) => area === first.area)) {
      wanted.set('area', first.area ?? 'none');
    }
    return {
      name: needs.get(key) ?? 'Need not known',
      value,
      shown: shortMoney(value, currency),
      href: `${base}?${wanted.toString()}`,
      note: plural(group.length, 'system'),
    };
  });
}

/** The parts of systems by where they run now: a special system stays while what is underneath it has moved. */
function groupByTarget(
  systems: readonly MappedSystem[],
  targets: ReadonlyMap<string, string>,
  base: string,
): TreemapGroup[] {
  const parts = systems.flatMap((system) => system.parts.map((part) => ({ system, part })));
  const whereOf = ({ part }: (typeof parts)[number]): string =>
    part.movedOn === null ? 'Not moved' : `Moved to ${targets.get(part.targetId ?? '') ?? 'a target that is closed'}`;
  return [...Map.groupBy(parts, whereOf)].map(([name, group]) => ({
    name,
    items: group.map(({ system, part }) => ({
      name: part.kind === 'application' ? system.name : `${system.name}: ${part.kind}`,
      value: part.yearlyCost,
      shown: shortMoney(part.yearlyCost, system.currency),
      href: `${base}/systems/${system.id}`,
      note: part.movedOn === null ? undefined : `since ${formatDate(part.movedOn)}`,
    })),
  }));
}

/** Which parts of a system have moved, in words; undefined where none has. */
function movedWords(system: MappedSystem): string | undefined {
  const moved = system.parts.filter((part) => part.movedOn !== null);
  if (moved.length === 0) return undefined;
  if (moved.length === system.parts.length) return 'Moved';
  return `Its ${moved.map((part) => part.kind).join(' and ')} moved`;
}

/** What is paid under contracts a year, by supplier: the boxes are contracts. */
function groupBySupplier(systems: readonly MappedSystem[], estate: WholeEstate, base: string): TreemapGroup[] {
  const wanted = new Set(systems.flatMap((system) => system.contractIds));
  const contracts = estate.contracts.filter((contract) => wanted.has(contract.id));
  const groups = [...Map.groupBy(contracts, (contract) => contract.supplierName ?? 'Supplier not known')].map(
    ([name, group]) => ({
      name,
      total: group.reduce((sum, contract) => sum + (contract.yearlyCost ?? 0), 0),
      items: group.map((contract) => ({
        name: contract.title,
        value: contract.yearlyCost ?? 0,
        shown: shortMoney(contract.yearlyCost ?? 0, contract.currency),
        href: `${base}/contracts/${contract.id}`,
      })),
    }),
  );
  return groups.toSorted((one, other) => other.total - one.total).slice(0, 24);
}

function listOf(systems: readonly MappedSystem[], base: string, withDepartment: boolean, asAt: string): WorkListParams {
  return {
    caption: 'Systems',
    captionHidden: true,
    head: [
      { text: 'System' },
      ...(withDepartment ? [{ text: 'Department' }] : []),
      { text: 'Decide by' },
      { text: 'Area' },
      { text: 'Cost a year', format: 'numeric' },
    ],
    rows: systems.map((system) => [
      {
        text: system.name,
        href: `${base}/systems/${system.id}`,
        ...hintOf(system),
      },
      ...(withDepartment ? [{ text: system.departmentName }] : []),
      {
        text: system.decideBy === null ? 'Nothing to decide' : formatDate(system.decideBy),
        ...(system.decideBy !== null && system.decideBy < asAt ? { hint: 'Overdue' } : {}),
      },
      { text: system.area === null ? 'Not known' : aboutAreas[system.area].name },
      { text: shortMoney(system.yearlyCost, system.currency) },
    ]),
  };
}

function hintOf(system: MappedSystem): { hint?: string } {
  const said = [movedWords(system), warningOf(system)].filter((words) => words !== undefined);
  return said.length === 0 ? {} : { hint: said.join('. ') };
}

function warningOf(system: MappedSystem): string | undefined {
  const broken = system.breaches.find((breach) => breach.kind === 'breach');
  return broken === undefined ? undefined : `Breaks a rule: ${broken.rule.words.toLowerCase()}`;
}

function choices(options: readonly (readonly [string, string])[], chosen: string | undefined, all: string) {
  return [
    { value: '', text: all, selected: !isAsked(chosen) },
    ...options.map(([value, text]) => ({ value, text, selected: value === chosen })),
  ];
}

function isAsked(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function isGrouping(text: string | undefined): text is Grouping {
  return text !== undefined && Object.hasOwn(groupings, text);
}

function addYear(day: string): string {
  return `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
}
