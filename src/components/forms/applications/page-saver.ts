import type { Service } from '#organisations';
import { createGathering, fingerprintEmail, hashToken } from '#platform';
import type { Database, Gather, Keyring, Tx } from '#platform';
import type { CompiledPage, PageNeeds } from '../versions/compile.ts';
import type { Answers } from '../definition/form.ts';
import { emailOf, placeOf } from './applications.ts';
import type { Application, Holder } from './applications.ts';
import { markOf, openRows } from './opened-rows.ts';
import type { AnswerRow } from './opened-rows.ts';

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

/** How many are saved together at most. */
const mostTogether = 50;
/** How many statements are on their way at once: while the database writes one to disk, the next is gathered. */
const mostUnderWay = 2;

/**
 * Saves what is answered on pages. What is posted while others' answers are on their way to the database waits, and then goes
 * together with all that came meanwhile: many people share one statement and one commit to disk.
 */
export class PageSaver {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #gather: Gather<WrittenStep, readonly SteppedRow[]>;

  constructor({ database, keyring }: { database: Database; keyring: Keyring }) {
    this.#database = database;
    this.#keyring = keyring;
    this.#gather = createGathering({
      together: (steps) => this.#saveTogether(steps),
      howMany: ({ length }) => Math.min(length, mostTogether),
      mostUnderWay,
      // One may be at fault: each by itself, and none behind another, which may have to wait.
      refused: (group) => {
        for (const { item, resolve, reject } of group) this.#saveByItself(item).then(resolve, reject);
      },
    });
  }

  /** Saves what was answered on a page, encrypted, over what was there. It is durable when this returns. */
  async save(service: Service, holder: Holder, step: SavedStep): Promise<Step> {
    const sealed = new SealedStep(this.#keyring, service, holder, step);
    const rows = await this.#gather('', sealed.written);
    return sealed.read(rows[0]?.saving === 'by itself' ? await this.#saveByItself(sealed.written) : rows);
  }

  async #saveTogether(steps: readonly WrittenStep[]): Promise<SteppedRow[][]> {
    const rows = await this.#database.find<SteppedRow>(saveText, valuesOf(steps, { waits: false }));
    const each = steps.map((): SteppedRow[] => []);
    for (const row of rows) each[row.step]?.push(row);
    return each;
  }

  #saveByItself(step: WrittenStep): Promise<SteppedRow[]> {
    return this.#database.find<SteppedRow>(saveText, valuesOf([step], { waits: true }));
  }
}

/** Saves what was answered on a page in the caller's transaction, which keeps something else together with the answers. */
export async function savePageIn(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  step: Omit<SavedStep, 'readWith' | 'onward'>,
): Promise<Saving> {
  const sealed = new SealedStep(keyring, service, holder, step);
  return sealed.read(await tx.rows<SteppedRow>(saveText, valuesOf([sealed.written], { waits: true }))).saving;
}

const saveText = 'select * from forms.save_pages($1, $2)';

/** The values of the statement. A step that has to wait for whoever holds its application says `by itself` unless it `waits`. */
function valuesOf(steps: readonly WrittenStep[], { waits }: { waits: boolean }): [string, boolean] {
  steps.forEach((each, index) => (each.step = index));
  return [JSON.stringify(steps), waits];
}

/** A step as `forms.save_pages` takes it. Bytes are written `\x` and in hexadecimal. */
interface WrittenStep {
  /** Its place among those that are sent together. */
  step: number;
  readonly organisation: string;
  readonly application: string;
  readonly service: string;
  readonly version: number;
  readonly presented: string;
  readonly answered: string;
  readonly sealed: string;
  readonly email_fingerprint: string | null;
  readonly after_page: string | null;
  readonly read_with: readonly string[];
  readonly read_marks: readonly (string | null)[];
  readonly with_answers: readonly string[];
  readonly with_presence: readonly string[];
}

interface SteppedRow extends AnswerRow {
  step: number;
  /** Of the first row of a step. */
  saving: Saving | 'by itself' | null;
}

/** A step as it is written, and what its rows mean. What the page was read with, and what is saved, need not be brought back. */
class SealedStep {
  readonly written: WrittenStep;
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
    this.written = {
      step: 0,
      organisation: organisationId,
      application: holder.id,
      service: id,
      version: holder.version,
      presented: hexOf(hashToken(holder.secret)),
      answered: key,
      sealed: hexOf(sealed),
      email_fingerprint: email === null ? null : hexOf(fingerprintEmail(keyring, email)),
      after_page: after,
      read_with: others,
      read_marks: others.map((each) => {
        const mark = readWith?.application.marks.get(each);
        return mark ? hexOf(mark) : null;
      }),
      with_answers: (onward?.answers ?? []).filter(isUnknown),
      with_presence: (onward?.presence ?? []).filter(isUnknown),
    };
  }

  read([first, ...rows]: readonly SteppedRow[]): Step {
    const saving = first?.saving ?? 'unknown';
    if (saving === 'by itself') throw new Error('A step that waits was told to go by itself.');
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

const hexOf = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
