import { CompiledQuery, sql } from 'kysely';
import type { Service } from '#organisations';
import { fingerprintEmail, forgetFile, hashToken } from '#platform';
import type { Database, Keyring, Tx } from '#platform';
import type { CompiledPage, PageNeeds } from '../versions/compile.ts';
import { formsTables } from '../database.ts';
import type { Answers } from '../definition/form.ts';
import { emailOf, lockApplication, openAnswers, placeOf } from './applications.ts';
import { filesOf } from '../questions/file-upload.ts';
import type { Application, Holder } from './applications.ts';

/**
 * Loads an application with the answers of some of its pages, or null if the holder has none: never begun, another
 * service's, or expired. One journey to the database, in a transaction of its own.
 */
export async function openApplication(
  database: Database,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const values = [
    service.organisationId,
    holder.id,
    service.id,
    holder.version,
    hashToken(holder.secret),
    needs.answers,
    needs.presence,
  ];
  // Most pages need only rows whose keys are known.
  const rows = needs.within
    ? await database.find<OpenedRow>('select * from forms.open_application($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
        ...values,
        needs.within,
        needs.names ?? [],
      ])
    : await database.find<OpenedRow>('select * from forms.open_application($1, $2, $3, $4, $5, $6, $7)', values);
  return shapeApplication(rows, keyring, service.organisationId, holder);
}

/** The same, in a transaction that goes on to do something with it. */
export async function findApplication(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const { rows } = await sql<OpenedRow>`
    select * from forms.open_application(${tx.organisationId}, ${holder.id}, ${serviceId}, ${holder.version},
      ${hashToken(holder.secret)}, ${needs.answers}, ${needs.presence}, ${needs.within ?? []}, ${needs.names ?? []})`.execute(
    formsTables(tx),
  );
  return shapeApplication(rows, keyring, tx.organisationId, holder);
}

/** All that was saved of an application. */
export const everything = { answers: [], presence: [], within: [''], names: [] } satisfies PageNeeds;

interface AnswerRow {
  page: string | null;
  /** Null where it only matters that the page was answered. */
  sealed: Buffer | null;
}

interface OpenedRow extends AnswerRow {
  submission_id: string | null;
}

function shapeApplication(
  rows: readonly OpenedRow[],
  keyring: Keyring,
  organisationId: string,
  holder: Holder,
): Application | null {
  const [first] = rows;
  if (!first) return null;
  return { ...openRows(rows, keyring, organisationId, holder), submissionId: first.submission_id };
}

function openRows(
  rows: readonly AnswerRow[],
  keyring: Keyring,
  organisationId: string,
  { id, version }: Holder,
): Omit<Application, 'submissionId'> & { saved: Map<string, Answers>; marks: Map<string, Buffer> } {
  const saved = new Map<string, Answers>();
  const marks = new Map<string, Buffer>();
  for (const { page, sealed } of rows) {
    if (page === null) continue;
    saved.set(page, sealed ? openAnswers(keyring, organisationId, id, page, sealed) : {});
    if (sealed) marks.set(page, markOf(sealed));
  }
  return { id, version, saved, marks };
}

/** The key and the nonce that a row is sealed with: no two savings have the same. A copy, for the row is part of something larger. */
const markOf = (sealed: Buffer): Buffer => Buffer.from(sealed.subarray(0, 17));

/**
 * What became of saving a page. `too early`: the page before it was not answered. `overtaken`: an answer that the page was read
 * with is another by now.
 */
export type Saving = 'saved' | 'sent' | 'too early' | 'overtaken' | 'unknown';

/** What was answered on a page. */
export interface SavedStep {
  page: CompiledPage;
  /** Of the page's row. */
  key: string;
  answers: Answers;
  /** Key of a page that must have been answered before, or null. */
  after: string | null;
  /** The application that the page was read with, and the keys of the rows that it turns on. */
  readWith?: { application: Application; keys: readonly string[] };
  /** What is to be brought back for the page that comes next. */
  onward?: PageNeeds;
}

/** What became of a step; after a saving, the application as `onward` asked for it. */
export interface Step {
  saving: Saving;
  onward: Application | null;
}

/** Saves what was answered on a page, encrypted, over what was there. It is durable when this returns. */
export async function savePage(
  database: Database,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  step: SavedStep,
): Promise<Step> {
  const statement = new SavingStatement(keyring, service, holder, step);
  return statement.read(await database.find<SteppedRow>(statement.text, statement.values));
}

/** The same in the caller's transaction, which keeps something else together with the answers. */
export async function savePageTogether(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  step: Omit<SavedStep, 'readWith' | 'onward'>,
): Promise<Saving> {
  const statement = new SavingStatement(keyring, service, holder, step);
  const query = CompiledQuery.raw(statement.text, [...statement.values]);
  const { rows } = await formsTables(tx).executeQuery<SteppedRow>(query);
  return statement.read(rows).saving;
}

interface SteppedRow extends AnswerRow {
  /** Of the first row. */
  saving: Saving | null;
}

/** The statement of a step, and what its rows mean. What the page was read with, and what is saved, need not be brought back. */
class SavingStatement {
  readonly text = 'select * from forms.save_page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)';
  readonly values: readonly unknown[];
  readonly #known: Application | null;
  readonly #keyring: Keyring;
  readonly #organisationId: string;
  readonly #holder: Holder;
  readonly #onward: PageNeeds | undefined;

  constructor(keyring: Keyring, { organisationId, id }: Service, holder: Holder, step: SavedStep) {
    const { page, key, answers, after, readWith, onward } = step;
    const email = emailOf([page], answers);
    const sealed = keyring.seal(placeOf(organisationId, holder.id, key), JSON.stringify(answers));
    const others = (readWith?.keys ?? []).filter((each) => each !== key);
    this.#keyring = keyring;
    this.#organisationId = organisationId;
    this.#holder = holder;
    this.#onward = onward;
    this.#known = onward
      ? knownAfter(holder, { key, answers, mark: markOf(sealed) }, readWith?.application, others)
      : null;
    const isUnknown = (each: string): boolean => this.#known?.saved.has(each) !== true;
    this.values = [
      organisationId,
      holder.id,
      id,
      holder.version,
      hashToken(holder.secret),
      key,
      sealed,
      email === null ? null : fingerprintEmail(keyring, email),
      after,
      others,
      others.map((each) => readWith?.application.marks.get(each) ?? null),
      (onward?.answers ?? []).filter(isUnknown),
      (onward?.presence ?? []).filter(isUnknown),
    ];
  }

  read([first, ...rows]: readonly SteppedRow[]): Step {
    const saving = first?.saving ?? 'unknown';
    if (saving !== 'saved' || !this.#onward || !this.#known) return { saving, onward: null };
    const found = openRows(rows, this.#keyring, this.#organisationId, this.#holder);
    const wanted = new Set([...this.#onward.answers, ...this.#onward.presence]);
    for (const [key, answers] of this.#known.saved) if (wanted.has(key)) found.saved.set(key, answers);
    for (const [key, mark] of this.#known.marks) if (wanted.has(key)) found.marks.set(key, mark);
    return { saving, onward: { ...found, submissionId: null } };
  }
}

/** What is known of an application once a step is saved, since saving makes sure of it. */
function knownAfter(
  { id, version }: Holder,
  { key, answers, mark }: { key: string; answers: Answers; mark: Buffer },
  before: Application | undefined,
  keys: readonly string[],
): Application {
  const saved = new Map([[key, answers]]);
  const marks = new Map([[key, mark]]);
  for (const each of keys) {
    const [row, rowMark] = [before?.saved.get(each), before?.marks.get(each)];
    if (!row || !rowMark) continue;
    saved.set(each, row);
    marks.set(each, rowMark);
  }
  return { id, version, submissionId: null, saved, marks };
}

/** Removes what was answered about one of the things that were added, and their files: the rows whose keys begin so. */
export async function removeItem(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  beginning: string,
): Promise<'removed' | 'sent' | 'unknown'> {
  await lockApplication(tx, holder);
  const needs = { answers: [], presence: [], within: [beginning] };
  const application = await findApplication(tx, keyring, service.id, holder, needs);
  if (!application) return 'unknown';
  if (application.submissionId !== null) return 'sent';
  for (const answers of application.saved.values()) {
    for (const answer of Object.values(answers)) for (const { id } of filesOf(answer)) await forgetFile(tx, id);
  }
  await formsTables(tx)
    .deleteFrom('answers')
    .where('organisation_id', '=', tx.organisationId)
    .where('application_id', '=', holder.id)
    .where('page', 'in', [...application.saved.keys(), beginning])
    .execute();
  return 'removed';
}
