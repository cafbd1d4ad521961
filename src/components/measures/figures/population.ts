import { listServicesAcross } from '#organisations';
import type { Database } from '#platform';
import { measuresReader } from '../database.ts';
import { slugOf } from '../history/history-file.ts';
import { readQuarter, quarterOf, type Quarter } from '../quarters.ts';
import { costStatuses } from './cost-of-service.ts';
import type { Figure } from './figure.ts';

/** The services that are looked at together: those of this government, or those of one imported history. */
export interface Population {
  /** Where its pages begin: `/performance`, or `/performance/histories/<slug>`. */
  readonly address: string;
  /** Null for the government's own services. */
  readonly history: History | null;
  readonly services: readonly MeasuredService[];
}

/** An imported history, with what its publisher wants said. */
export interface History {
  readonly historyId: string;
  readonly slug: string;
  readonly title: string;
  readonly publisher: string;
  readonly licence: string;
  readonly source: string;
  readonly currency: string;
  readonly importedAt: string;
}

/** A service as public pages name it. */
export interface MeasuredService {
  readonly serviceId: string;
  readonly slug: string;
  readonly name: string;
  readonly department: string;
  readonly departmentSlug: string;
  readonly agency: string | null;
}

/** A published figure, or that of the running quarter. */
export interface ShownFigure extends Figure {
  readonly serviceId: string;
  readonly quarter: Quarter;
  readonly currency: string;
  /** 0 while the quarter runs; above 1 where it was corrected. */
  readonly revision: number;
  readonly reason: string | null;
  readonly publishedAt: string;
}

/** The government's own services that the public uses, by name. */
export async function findOwnPopulation(database: Database): Promise<Population> {
  const services = await listServicesAcross(database);
  return {
    address: '/performance',
    history: null,
    services: services
      .filter((service) => service.audience === 'public')
      .map((service) => ({
        serviceId: service.id,
        slug: service.slug,
        name: service.name,
        department: service.organisationName,
        departmentSlug: slugOf(service.organisationName),
        agency: null,
      })),
  };
}

/** The services of an imported history, by name; null where there is no such history. */
export async function findHistoryPopulation(database: Database, slug: string): Promise<Population | null> {
  return database.readAcross(async (tx) => {
    const [row] = await measuresReader(tx).selectFrom('histories').selectAll().where('slug', '=', slug).execute();
    if (row === undefined) return null;
    const services = await measuresReader(tx)
      .selectFrom('history_services')
      .select(['service_id', 'slug', 'name', 'department', 'department_slug', 'agency'])
      .where('history_id', '=', row.history_id)
      .orderBy('name')
      .execute();
    return {
      address: `/performance/histories/${row.slug}`,
      history: historyOf(row),
      services: services.map((service) => ({
        serviceId: service.service_id,
        slug: service.slug,
        name: service.name,
        department: service.department,
        departmentSlug: service.department_slug,
        agency: service.agency,
      })),
    };
  });
}

/** Every imported history, by its title. */
export async function listHistories(database: Database): Promise<History[]> {
  const rows = await database.readAcross((tx) =>
    measuresReader(tx).selectFrom('histories').selectAll().orderBy('title').execute(),
  );
  return rows.map(historyOf);
}

/** The latest figures of a population in every quarter, the first quarter first. */
export async function readFigures(
  database: Database,
  { history, services }: Pick<Population, 'history' | 'services'>,
): Promise<ShownFigure[]> {
  const wanted = new Set(services.map((service) => service.serviceId));
  const rows = await database.readAcross((tx) =>
    measuresReader(tx)
      .selectFrom('figures')
      .selectAll()
      .distinctOn(['service_id', 'quarter'])
      .where('history_id', history === null ? 'is' : '=', history?.historyId ?? null)
      .$if(wanted.size === 1, (query) => query.where('service_id', '=', services[0]?.serviceId ?? ''))
      .orderBy('service_id')
      .orderBy('quarter')
      .orderBy('revision', 'desc')
      .execute(),
  );
  return rows
    .filter((row) => wanted.has(row.service_id))
    .map(shape)
    .toSorted((one, other) => (one.quarter < other.quarter ? -1 : one.quarter > other.quarter ? 1 : 0));
}

/** Every value that was ever published for a service, corrected ones too: by quarter, the newest revision first. */
export async function readRevisions(database: Database, serviceId: string): Promise<ShownFigure[]> {
  const rows = await database.readAcross((tx) =>
    measuresReader(tx)
      .selectFrom('figures')
      .selectAll()
      .where('service_id', '=', serviceId)
      .where('revision', '>', 0)
      .orderBy('quarter', 'desc')
      .orderBy('revision', 'desc')
      .execute(),
  );
  return rows.map(shape);
}

interface FigureRow {
  service_id: string;
  quarter: string;
  revision: number;
  from_day: string;
  to_day: string;
  transactions: number | null;
  digital_transactions: number | null;
  assisted_transactions: number | null;
  started: number | null;
  finished: number | null;
  completion_rate: number | null;
  opinions: number | null;
  satisfaction: number | null;
  cost: number | null;
  cost_per_transaction: number | null;
  digital_cost: number | null;
  digital_cost_per_transaction: number | null;
  one_off_cost: number | null;
  currency: string;
  cost_status: string;
  cost_gaps: string[];
  reason: string | null;
  published_at: string;
}

function shape(row: FigureRow): ShownFigure {
  return {
    serviceId: row.service_id,
    quarter: readQuarter(quarterOf(row.quarter)),
    revision: row.revision,
    reason: row.reason,
    publishedAt: row.published_at,
    currency: row.currency,
    from: row.from_day,
    to: row.to_day,
    transactions: row.transactions,
    digitalTransactions: row.digital_transactions,
    assistedTransactions: row.assisted_transactions,
    started: row.started,
    finished: row.finished,
    completionRate: row.completion_rate,
    opinions: row.opinions,
    satisfaction: row.satisfaction,
    cost: row.cost,
    costPerTransaction: row.cost_per_transaction,
    digitalCost: row.digital_cost,
    digitalCostPerTransaction: row.digital_cost_per_transaction,
    oneOffCost: row.one_off_cost,
    costStatus: costStatuses.find((status) => status === row.cost_status) ?? 'missing',
    costGaps: row.cost_gaps,
  };
}

function historyOf(row: {
  history_id: string;
  slug: string;
  title: string;
  publisher: string;
  licence: string;
  source: string;
  currency: string;
  imported_at: string;
}): History {
  return {
    historyId: row.history_id,
    slug: row.slug,
    title: row.title,
    publisher: row.publisher,
    licence: row.licence,
    source: row.source,
    currency: row.currency,
    importedAt: row.imported_at,
  };
}
