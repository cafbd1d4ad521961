import { listOrganisations } from '#organisations';
import type { Database } from '#platform';
import { measuresReader } from '../database.ts';
import { findHistoryPopulation, findOwnPopulation, listHistories, type Population } from '../figures/population.ts';
import { quarterOf } from '../quarters.ts';
import { readLedger } from '../savings/programme.ts';

/** A table of open data, as it is offered at a stable address. */
export interface Dataset {
  /** What follows `/data/`: `figures`, or `histories/<slug>`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly publisher: string;
  readonly columns: readonly Column[];
}

/** A column with what it means, as the data dictionary says it. */
export interface Column {
  readonly name: string;
  readonly meaning: string;
  readonly type: 'text' | 'whole number' | 'number' | 'date' | 'time';
}

/** A dataset's rows, with the moment of the newest. */
export interface DatasetRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly updatedAt: string | null;
}

/** The licence of what the government itself publishes. */
export const ownLicence = 'https://creativecommons.org/licenses/by/4.0/';

const column = (name: string, type: Column['type'], meaning: string): Column => ({ name, type, meaning });

const figureColumns: readonly Column[] = [
  column('service', 'text', 'The last part of the service’s address.'),
  column('service_name', 'text', 'What the service is called.'),
  column('department', 'text', 'The department whose service it is.'),
  column(
    'quarter',
    'text',
    'The quarter: for own services the one with which the twelve months end, for an imported history the one in which the figure was published.',
  ),
  column('from', 'date', 'The first day that the figures are about.'),
  column('to', 'date', 'The last day that the figures are about.'),
  column(
    'revision',
    'whole number',
    '0 while the quarter runs; 1 as first published; above that, a correction. All stay.',
  ),
  column('is_latest', 'whole number', '1 for the value that stands, 0 for one that was corrected.'),
  column('reason', 'text', 'Why a figure was corrected.'),
  column('published_at', 'time', 'When this value was published, in UTC.'),
  column('transactions', 'whole number', 'Completed in all channels. Empty where it is not known.'),
  column('digital_transactions', 'whole number', 'Of them, completed online without help.'),
  column(
    'assisted_digital_transactions',
    'whole number',
    'Of them, completed online with help: outside take-up, inside the cost of the digital channel.',
  ),
  column('digital_take_up', 'number', 'digital_transactions over transactions, from 0 to 1.'),
  column('started', 'whole number', 'Started in the twelve months.'),
  column(
    'completion_rate',
    'number',
    'Of those started, the share that was completed, from 0 to 1. Being told that one is not eligible completes a transaction; an application that expires fails it.',
  ),
  column('opinions', 'whole number', 'How many people said how satisfied they were.'),
  column('user_satisfaction', 'number', 'The mean of five answers: 0 for very dissatisfied, 1 for very satisfied.'),
  column(
    'cost_per_transaction',
    'number',
    'In whole units of the currency. Empty unless the whole cost is known, by records or by an estimate.',
  ),
  column('cost_per_transaction_at_least', 'number', 'Where only a part of the cost is known, what that part comes to.'),
  column(
    'digital_cost_per_transaction',
    'number',
    'Of the digital channel with assisted digital. Empty unless the whole cost is known.',
  ),
  column(
    'one_off_cost',
    'number',
    'Costs that are left out of the cost per transaction, in whole units of the currency.',
  ),
  column('currency', 'text', 'ISO 4217.'),
  column('cost_status', 'text', 'measured, estimated, incomplete (some kind of cost is not known) or missing.'),
  column('cost_gaps', 'text', 'Which costs are not known, and for which days.'),
];

const savingColumns: readonly Column[] = [
  column('transition', 'text', 'The id of the transition.'),
  column('transition_name', 'text', 'What the transition is called.'),
  column('department', 'text', 'The department whose saving it is.'),
  column('quarter', 'text', 'A quarter of the calendar year: 2026-Q1 is January to March 2026.'),
  column('figure', 'text', 'planned, planned one-off, realised, avoided, not realised or one-off.'),
  column('revision', 'whole number', '1 as first published; above that, a correction. All stay.'),
  column('is_latest', 'whole number', '1 for the value that stands, 0 for one that was corrected.'),
  column('amount', 'number', 'Against the baseline’s cost for a quarter, in whole units of the currency.'),
  column('currency', 'text', 'ISO 4217.'),
  column('quality', 'text', 'measured or estimated.'),
  column('evidence', 'text', 'What shows that the figure is right.'),
  column('reason', 'text', 'Why it was corrected.'),
  column('published_at', 'time', 'When this value was published, in UTC.'),
];

const baselineColumns: readonly Column[] = [
  ...savingColumns.slice(0, 3),
  column('from', 'date', 'The first day that the baseline covers.'),
  column('to', 'date', 'The last day that it covers.'),
  ...savingColumns.slice(5, 7),
  column('cost', 'number', 'What the system cost in that time, in whole units of the currency.'),
  column(
    'transactions',
    'whole number',
    'How many transactions it served in that time. Empty where nobody counted them.',
  ),
  ...savingColumns.slice(8),
];

/** Every dataset that is offered, those of imported histories last. */
export async function listDatasets(database: Database, governmentName: string): Promise<Dataset[]> {
  const own = { licence: ownLicence, publisher: governmentName };
  return [
    {
      ...own,
      name: 'figures',
      title: 'Measures of services',
      description:
        'Transactions, digital take-up, cost per transaction, completion rate and satisfaction of every public service, over the twelve months that end with each quarter.',
      columns: figureColumns,
    },
    {
      ...own,
      name: 'savings',
      title: 'Savings of transitions',
      description: 'What moving each system was to save, and what it has saved, quarter by quarter, with its evidence.',
      columns: savingColumns,
    },
    {
      ...own,
      name: 'baselines',
      title: 'Baselines of transitions',
      description: 'What each system cost, and how many transactions it served, before its move.',
      columns: baselineColumns,
    },
    ...(await listHistories(database)).map((history) => ({
      name: `histories/${history.slug}`,
      title: history.title,
      description: `Figures that were published elsewhere, as they were taken in here. Source: ${history.source}.`,
      licence: history.licence,
      publisher: history.publisher,
      columns: figureColumns,
    })),
  ];
}

/** The rows of a dataset, or null where there is none of that name. */
export async function readDataset(
  database: Database,
  name: string,
  serviceSlug: string | undefined,
): Promise<DatasetRows | null> {
  if (name === 'figures') return readFigureRows(database, await findOwnPopulation(database), serviceSlug);
  if (name === 'savings') return readSavingRows(database);
  if (name === 'baselines') return readBaselineRows(database);
  const history = /^histories\/(.+)$/.exec(name)?.[1];
  const population = history === undefined ? null : await findHistoryPopulation(database, history);
  return population === null ? null : readFigureRows(database, population, serviceSlug);
}

async function readFigureRows(
  database: Database,
  { history, services }: Population,
  serviceSlug: string | undefined,
): Promise<DatasetRows> {
  const wanted = new Map(
    services
      .filter((service) => serviceSlug === undefined || service.slug === serviceSlug)
      .map((service) => [service.serviceId, service]),
  );
  const rows = await database.readAcross((tx) =>
    measuresReader(tx)
      .selectFrom('figures')
      .selectAll()
      .where('history_id', history === null ? 'is' : '=', history?.historyId ?? null)
      .orderBy('service_id')
      .orderBy('quarter')
      .orderBy('revision')
      .execute(),
  );
  const newest = new Map(rows.map((row) => [`${row.service_id}/${row.quarter}`, row.revision]));
  const found = rows.flatMap((row) => {
    const service = wanted.get(row.service_id);
    if (service === undefined) return [];
    const isWhole = row.cost_status === 'measured' || row.cost_status === 'estimated';
    const units = unitsOf(row.currency);
    const { transactions, digital_transactions: digital } = row;
    return [
      {
        service: service.slug,
        service_name: service.name,
        department: service.department,
        quarter: quarterOf(row.quarter),
        from: row.from_day,
        to: row.to_day,
        revision: row.revision,
        is_latest: newest.get(`${row.service_id}/${row.quarter}`) === row.revision ? 1 : 0,
        reason: row.reason,
        published_at: row.published_at,
        transactions,
        digital_transactions: digital,
        assisted_digital_transactions: row.assisted_transactions,
        digital_take_up: !transactions || digital === null ? null : rounded(digital / transactions, 6),
        started: row.started,
        completion_rate: rounded(row.completion_rate, 6),
        opinions: row.opinions,
        user_satisfaction: rounded(row.satisfaction, 6),
        cost_per_transaction: isWhole ? inUnits(row.cost_per_transaction, units) : null,
        cost_per_transaction_at_least: isWhole ? null : inUnits(row.cost_per_transaction, units),
        digital_cost_per_transaction: isWhole ? inUnits(row.digital_cost_per_transaction, units) : null,
        one_off_cost: inUnits(row.one_off_cost, units),
        currency: row.currency,
        cost_status: row.cost_status,
        cost_gaps: row.cost_gaps.length === 0 ? null : row.cost_gaps.join('; '),
      },
    ];
  });
  return { rows: found, updatedAt: newestTime(found.map((row) => row.published_at)) };
}

async function readSavingRows(database: Database): Promise<DatasetRows> {
  const names = new Map((await listOrganisations(database)).map((each) => [each.id, each.name]));
  const rows = (await readLedger(database)).flatMap((page) =>
    page.entries.map((entry) => ({
      transition: page.transitionId,
      transition_name: page.name,
      department: page.departmentId === null ? null : (names.get(page.departmentId) ?? null),
      quarter: entry.quarter,
      figure: entry.figure,
      revision: entry.revision,
      is_latest: page.entries.some(
        (other) => other.quarter === entry.quarter && other.figure === entry.figure && other.revision > entry.revision,
      )
        ? 0
        : 1,
      amount: inUnits(entry.amount, unitsOf(entry.currency)),
      currency: entry.currency,
      quality: entry.quality,
      evidence: entry.evidence,
      reason: entry.reason,
      published_at: entry.recordedAt,
    })),
  );
  return { rows, updatedAt: newestTime(rows.map((row) => row.published_at)) };
}

async function readBaselineRows(database: Database): Promise<DatasetRows> {
  const names = new Map((await listOrganisations(database)).map((each) => [each.id, each.name]));
  const rows = (await readLedger(database)).flatMap((page) =>
    page.baselines.map((each, place) => ({
      transition: page.transitionId,
      transition_name: page.name,
      department: page.departmentId === null ? null : (names.get(page.departmentId) ?? null),
      from: each.from,
      to: each.to,
      revision: each.revision,
      is_latest: place === 0 ? 1 : 0,
      cost: inUnits(each.cost, unitsOf(each.currency)),
      transactions: each.transactions,
      currency: each.currency,
      quality: each.quality,
      evidence: each.evidence,
      reason: each.reason,
      published_at: each.recordedAt,
    })),
  );
  return { rows, updatedAt: newestTime(rows.map((row) => row.published_at)) };
}

function newestTime(times: readonly string[]): string | null {
  return times.reduce<string | null>((newest, time) => (newest === null || time > newest ? time : newest), null);
}

/** Minor units as whole units, to six places: some services cost less than a penny. */
function inUnits(minorUnits: number | null, units: number): number | null {
  return minorUnits === null ? null : rounded(minorUnits / units, 6);
}

function rounded(value: number | null, places: number): number | null {
  return value === null ? null : Number(value.toFixed(places));
}

function unitsOf(currency: string): number {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
  return 10 ** (digits ?? 2);
}
