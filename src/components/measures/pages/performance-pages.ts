import { Type } from 'typebox';
import { formatNumber } from '#design';
import { Problem, type Calendar, type Database, type Server } from '#platform';
import { takeUpOf } from '../figures/figure.ts';
import {
  findHistoryPopulation,
  findOwnPopulation,
  listHistories,
  readFigures,
  readRevisions,
  type MeasuredService,
  type Population,
  type ShownFigure,
} from '../figures/population.ts';
import { summarise } from '../figures/summary.ts';
import { findFootnotes } from '../history/histories.ts';
import { headlinesOf } from './headlines.ts';
import { listPage } from './service-list.ts';
import { missing, shownCost, shownCount, shownShare, shownUnitCost, shownYear } from './shown.ts';
import { drawTrends } from './trend-charts.ts';
import { byQuarter, trendOfMany, trendOfOne, yearBefore } from './trend.ts';
import { readCostPage } from './cost-page.ts';

interface Dependencies {
  readonly database: Database;
  readonly calendar: Calendar;
  readonly settings: { readonly currency: string; readonly governmentName: string };
}

const open = { access: { who: 'anyone', because: 'how public services perform is public' } } as const;
const slug = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 200 });
const word = Type.Optional(Type.String({ maxLength: 200 }));

/** The public pages: all of government, its departments and each service; and the same of every imported history. */
export function addPerformancePages(server: Server, dependencies: Dependencies): void {
  const { database, settings } = dependencies;

  for (const base of ['/performance', '/performance/histories/:history'] as const) {
    // Only the addresses of a history have it.
    const params = { history: Type.Optional(slug) };

    server.get(base, { config: open, schema: { params: Type.Object(params) } }, async (request, reply) => {
      const population = await findPopulation(request.params);
      const figures = await readFigures(database, population);
      return reply.page('measures/performance', {
        ...(await populationPage(population, population.services, figures)),
        title: population.history?.title ?? 'How services perform',
        departments: departmentRows(population, figures),
        histories: population.history === null ? await listHistories(database) : [],
      });
    });

    server.get(
      `${base}/services`,
      {
        config: open,
        schema: {
          params: Type.Object(params),
          querystring: Type.Object({ q: word, department: word, sort: word, quarter: word, page: word }),
        },
      },
      async (request, reply) => {
        const population = await findPopulation(request.params);
        const figures = await readFigures(database, population);
        return reply.page('measures/services', {
          ...listPage(population, figures, request.query, settings.currency),
          ...surroundings(population),
        });
      },
    );

    server.get(
      `${base}/departments/:department`,
      { config: open, schema: { params: Type.Object({ ...params, department: slug }) } },
      async (request, reply) => {
        const population = await findPopulation(request.params);
        const services = population.services.filter((each) => each.departmentSlug === request.params.department);
        const [first] = services;
        if (first === undefined) throw new Problem('not-found');
        const ids = new Set(services.map((service) => service.serviceId));
        const figures = (await readFigures(database, population)).filter((figure) => ids.has(figure.serviceId));
        const latest = latestOf(figures);
        return reply.page('measures/performance', {
          ...(await populationPage(population, services, figures)),
          title: first.department,
          caption: population.history?.title ?? 'How services perform',
          breadcrumbs: [...trail(population), { text: first.department }],
          services: services.map((service) => serviceRow(population, service, latest.get(service.serviceId))),
        });
      },
    );

    server.get(
      `${base}/services/:service`,
      { config: open, schema: { params: Type.Object({ ...params, service: slug }) } },
      async (request, reply) => {
        const population = await findPopulation(request.params);
        const service = population.services.find((each) => each.slug === request.params.service);
        if (service === undefined) throw new Problem('not-found');
        const figures = await readFigures(database, { ...population, services: [service] });
        const last = figures.at(-1);
        const before = figures.find((each) => last !== undefined && each.quarter === yearBefore(last.quarter));
        const currency = population.history?.currency ?? settings.currency;
        const revisions = (await readRevisions(database, service.serviceId)).filter((each, _place, all) =>
          all.some((other) => other.quarter === each.quarter && other.revision > 1),
        );
        return reply.page('measures/service-performance', {
          ...surroundings(population),
          title: service.name,
          of: service,
          breadcrumbs: [
            ...trail(population),
            { text: service.department, href: `${population.address}/departments/${service.departmentSlug}` },
            { text: service.name },
          ],
          figure: last,
          period: last === undefined ? null : { from: last.from, to: last.to, isRunning: last.revision === 0 },
          figures: last === undefined ? [] : headlinesOf(last, before ?? null, currency),
          costHref: population.history === null ? `${population.address}/services/${service.slug}/cost` : null,
          charts: drawTrends(trendOfOne(figures), { currency, secondCost: 'Digital channel' }),
          corrections: correctionRows(revisions, currency),
          footnotes: population.history === null ? null : await findFootnotes(database, service.serviceId),
          data: dataAddress(population, service),
        });
      },
    );
  }

  server.get(
    '/performance/services/:service/cost',
    { config: open, schema: { params: Type.Object({ service: slug }) } },
    async (request, reply) => {
      const population = await findOwnPopulation(database);
      const service = population.services.find((each) => each.slug === request.params.service);
      if (service === undefined) throw new Problem('not-found');
      return reply.page('measures/cost', {
        ...surroundings(population),
        ...(await readCostPage(dependencies, service)),
        title: `What ${service.name} costs`,
        of: service,
        breadcrumbs: [
          ...trail(population),
          { text: service.name, href: `${population.address}/services/${service.slug}` },
          { text: 'What it costs' },
        ],
      });
    },
  );

  async function findPopulation(params: { history?: string | undefined }): Promise<Population> {
    if (params.history === undefined) return findOwnPopulation(database);
    const found = await findHistoryPopulation(database, params.history);
    if (found === null) throw new Problem('not-found');
    return found;
  }

  async function populationPage(
    population: Population,
    services: readonly MeasuredService[],
    figures: readonly ShownFigure[],
  ) {
    const quarters = [...byQuarter(figures)];
    const [quarter, rows = []] = quarters.at(-1) ?? [];
    const before = quarter === undefined ? [] : (new Map(quarters).get(yearBefore(quarter)) ?? []);
    const currency = population.history?.currency ?? settings.currency;
    const [summary, earlier] = [summarise(rows), before.length === 0 ? null : summarise(before)];
    return {
      ...surroundings(population),
      count: services.length,
      period: rows[0] === undefined ? null : { from: rows[0].from, to: rows[0].to, isRunning: rows[0].revision === 0 },
      figures: rows.length === 0 ? [] : summaryHeadlines(summary, earlier, services.length, currency),
      charts: drawTrends(trendOfMany(figures), { currency, secondCost: 'Median of services' }),
    };
  }

  function surroundings(population: Population) {
    return {
      wide: true,
      address: population.address,
      history: population.history,
      breadcrumbs: trail(population).slice(0, -1),
    };
  }

  function departmentRows(population: Population, figures: readonly ShownFigure[]) {
    const quarter = [...byQuarter(figures).keys()].at(-1);
    const now = figures.filter((figure) => figure.quarter === quarter);
    const currency = population.history?.currency ?? settings.currency;
    return [...Map.groupBy(population.services, (service) => service.departmentSlug)]
      .map(([departmentSlug, services]) => {
        const ids = new Set(services.map((service) => service.serviceId));
        const summary = summarise(now.filter((figure) => ids.has(figure.serviceId)));
        return {
          name: services[0]?.department ?? '',
          row: [
            { text: services[0]?.department, href: `${population.address}/departments/${departmentSlug}` },
            { text: formatNumber(services.length) },
            { text: shownCount(summary.transactions) },
            { text: shownShare(summary.takeUp) },
            {
              text: shownUnitCost(summary.costPerTransaction, currency),
              ...(summary.costOf > 0 && summary.costOf < services.length
                ? { hint: `of ${formatNumber(summary.costOf)} ${summary.costOf === 1 ? 'service' : 'services'}` }
                : {}),
            },
          ],
        };
      })
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .map(({ row }) => row);
  }

  function serviceRow(population: Population, service: MeasuredService, figure: ShownFigure | undefined) {
    const currency = population.history?.currency ?? settings.currency;
    return [
      { text: service.name, href: `${population.address}/services/${service.slug}` },
      { text: shownCount(figure?.transactions ?? null) },
      { text: shownShare(figure === undefined ? null : takeUpOf(figure)) },
      figure === undefined ? { text: missing } : shownCost(figure, currency),
      { text: shownShare(figure?.completionRate ?? null) },
      { text: shownShare(figure?.satisfaction ?? null) },
    ];
  }
}

/** The steps to a population's own page. */
function trail(population: Population) {
  const own = { text: 'How services perform', href: '/performance' };
  return population.history === null ? [own] : [own, { text: population.history.title, href: population.address }];
}

/** The newest figure of each service. */
export function latestOf(figures: readonly ShownFigure[]): Map<string, ShownFigure> {
  // The first quarter comes first, so that the last one stays.
  return new Map(figures.map((figure) => [figure.serviceId, figure]));
}

function summaryHeadlines(
  summary: ReturnType<typeof summarise>,
  before: ReturnType<typeof summarise> | null,
  services: number,
  currency: string,
) {
  const of = (known: number): string =>
    known === services ? '' : `Known of ${formatNumber(known)} of ${formatNumber(services)} services. `;
  const was = (text: string | null): string => (text === null || text === missing ? '' : `A year before: ${text}`);
  return [
    {
      label: 'Completed transactions',
      value: shownCount(summary.transactions),
      hint: of(summary.transactionsOf) + was(before && shownCount(before.transactions)),
    },
    {
      label: 'Cost per transaction',
      value: shownUnitCost(summary.costPerTransaction, currency),
      hint: of(summary.costOf) + was(before && shownUnitCost(before.costPerTransaction, currency)),
    },
    {
      label: 'Digital take-up',
      value: shownShare(summary.takeUp),
      hint: of(summary.takeUpOf) + was(before && shownShare(before.takeUp)),
    },
    {
      label: 'Completion rate',
      value: shownShare(summary.completionRate),
      hint: of(summary.completionOf) + was(before && shownShare(before.completionRate)),
    },
    {
      label: 'User satisfaction',
      value: shownShare(summary.satisfaction),
      hint: of(summary.satisfactionOf) + was(before && shownShare(before.satisfaction)),
    },
  ];
}

/** Corrected figures with every value that was published. */
function correctionRows(revisions: readonly ShownFigure[], currency: string): { text: string; format?: string }[][] {
  return revisions.map((each) => [
    { text: `Year to ${shownYear(each.to)}` },
    { text: each.revision === 1 ? 'First published' : `Correction ${each.revision - 1}` },
    { text: shownCount(each.transactions), format: 'numeric' },
    { text: shownCost(each, currency).text, format: 'numeric' },
    { text: each.reason ?? '' },
  ]);
}

function dataAddress(population: Population, service: MeasuredService): string {
  const name = population.history === null ? 'figures' : `histories/${population.history.slug}`;
  return `/data/${name}.csv?service=${service.slug}`;
}
