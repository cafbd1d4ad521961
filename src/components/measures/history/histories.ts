import { newId, openSheet, Problem, recordAudit, SheetProblem, type Database, type Scope, type Tx } from '#platform';
import { measuresReader, measuresTables } from '../database.ts';
import { publishFigures, type QuarterFigure } from '../figures/publication.ts';
import {
  HistoryProblem,
  readHistoryFile,
  slugOf,
  type FigureInFile,
  type HistoryFile,
  type ServiceInFile,
} from './history-file.ts';

/** What is said about a history beside its figures. */
export interface HistoryAbout {
  /** What pages call it: `UK transactional services, 2012 to 2017`. */
  readonly title: string;
  readonly publisher: string;
  readonly licence: string;
  /** Where it was published: an address, or words. */
  readonly source: string;
  readonly currency: string;
  readonly fileName: string;
}

/** What an import came to. */
export interface HistoryImport {
  readonly slug: string;
  readonly services: number;
  /** How many figures are new or different. */
  readonly figures: number;
  readonly leftOut: readonly string[];
}

/**
 * Takes a published history in from a file on this machine: CSV in any encoding, or an Excel workbook.
 *
 * @param scope the government's.
 * @throws Problem unprocessable where the file cannot be read as a table, or holds no history.
 */
export async function importHistoryFile(
  database: Database,
  scope: Scope,
  path: string,
  about: HistoryAbout,
): Promise<HistoryImport> {
  try {
    const file = await readHistoryFile((await openSheet(path)).rows());
    return await database.transact(scope, (tx) => importHistory(tx, about, file));
  } catch (error) {
    if (!(error instanceof SheetProblem) && !(error instanceof HistoryProblem)) throw error;
    throw new Problem('unprocessable', { title: 'This file cannot be imported', message: error.message, cause: error });
  }
}

/**
 * Takes a published history in, in a transaction of the government: its services, with their footnotes, and their figures.
 * Taking the same file in again changes nothing; a newer one under the same title corrects what differs, and both values
 * stay. A service or figure that the newer file leaves out stays as it was published.
 *
 * @throws Problem unprocessable where the title is empty.
 */
export async function importHistory(tx: Tx, about: HistoryAbout, file: HistoryFile): Promise<HistoryImport> {
  if (about.title.trim() === '') throw new Problem('unprocessable', { message: 'Give the history a title.' });
  const slug = slugOf(about.title);
  const historyId = await keepHistory(tx, slug, about);
  const ids = await keepServices(tx, historyId, file.services);
  const figures = file.services.flatMap((service) => {
    const serviceId = ids.get(service.slug);
    if (serviceId === undefined) throw new Error(`The service ${service.slug} was not kept.`);
    return service.figures.map((figure) => published(figure, { serviceId, historyId, currency: about.currency }));
  });
  const changed =
    figures.length === 0 ? 0 : await publishFigures(tx, figures, `Published otherwise in ${about.fileName}.`);
  await recordAudit(tx, {
    action: 'measures.history-imported',
    subject: { kind: 'history', id: historyId, name: about.title },
    detail: { services: file.services.length, figures: changed, file: about.fileName },
  });
  return { slug, services: file.services.length, figures: changed, leftOut: file.leftOut };
}

async function keepHistory(tx: Tx, slug: string, about: HistoryAbout): Promise<string> {
  const values = {
    title: about.title.trim(),
    publisher: about.publisher,
    licence: about.licence,
    source: about.source,
    currency: about.currency,
    file_name: about.fileName,
    imported_by: tx.actor.kind === 'applicant' ? 'an applicant' : tx.actor.name,
    imported_at: new Date().toISOString(),
  };
  const row = await measuresTables(tx)
    .insertInto('histories')
    .values({ organisation_id: tx.organisationId, history_id: newId(), slug, ...values })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'slug']).doUpdateSet(values))
    .returning('history_id')
    .executeTakeFirstOrThrow();
  return row.history_id;
}

/** @returns the id of each service by its slug. */
async function keepServices(
  tx: Tx,
  historyId: string,
  services: readonly ServiceInFile[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let at = 0; at < services.length; at += 500) {
    const rows = await measuresTables(tx)
      .insertInto('history_services')
      .values(
        services.slice(at, at + 500).map((service) => ({
          organisation_id: tx.organisationId,
          history_id: historyId,
          service_id: newId(),
          slug: service.slug,
          name: service.name,
          department: service.department,
          department_slug: slugOf(service.department),
          agency: service.agency,
          category: service.category,
          description: service.description,
          address: service.address,
          notes_on_costs: service.notesOnCosts,
          other_notes: service.otherNotes,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['organisation_id', 'history_id', 'slug']).doUpdateSet((update) => ({
          name: update.ref('excluded.name'),
          department: update.ref('excluded.department'),
          department_slug: update.ref('excluded.department_slug'),
          agency: update.ref('excluded.agency'),
          category: update.ref('excluded.category'),
          description: update.ref('excluded.description'),
          address: update.ref('excluded.address'),
          notes_on_costs: update.ref('excluded.notes_on_costs'),
          other_notes: update.ref('excluded.other_notes'),
        })),
      )
      .returning(['slug', 'service_id'])
      .execute();
    for (const row of rows) ids.set(row.slug, row.service_id);
  }
  return ids;
}

function published(
  figure: FigureInFile,
  of: { serviceId: string; historyId: string; currency: string },
): QuarterFigure {
  const { costPerTransaction, digitalCostPerTransaction, ...rest } = figure;
  return {
    ...rest,
    ...of,
    isOver: true,
    assistedTransactions: null,
    started: null,
    finished: null,
    opinions: null,
    cost: null,
    costPerTransaction: inMinorUnits(costPerTransaction, of.currency),
    digitalCost: null,
    digitalCostPerTransaction: inMinorUnits(digitalCostPerTransaction, of.currency),
    oneOffCost: null,
    costStatus: costPerTransaction === null ? 'missing' : 'measured',
    costGaps: [],
  };
}

/** Costs per transaction keep their fractions of a minor unit: some services cost less than a penny. */
function inMinorUnits(amount: number | null, currency: string): number | null {
  if (amount === null) return null;
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  // 2.77 times 100 is 277.00000000000006 in binary: what is written with few digits is read with few.
  return Number((amount * 10 ** maximumFractionDigits).toPrecision(12));
}

/** What a publisher says of a service beside its figures. */
export interface Footnotes {
  readonly description: string | null;
  readonly address: string | null;
  readonly notesOnCosts: string | null;
  readonly otherNotes: string | null;
}

/** The footnotes of a service of a history; null where it is none. */
export async function findFootnotes(database: Database, serviceId: string): Promise<Footnotes | null> {
  const row = await database.readAcross((tx) =>
    measuresReader(tx)
      .selectFrom('history_services')
      .select(['description', 'address', 'notes_on_costs', 'other_notes'])
      .where('service_id', '=', serviceId)
      .executeTakeFirst(),
  );
  return row === undefined
    ? null
    : {
        description: row.description,
        address: row.address,
        notesOnCosts: row.notes_on_costs,
        otherNotes: row.other_notes,
      };
}
