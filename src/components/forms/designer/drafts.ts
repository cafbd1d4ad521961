import { isDeepStrictEqual } from 'node:util';
import { newId, Problem, recordAudit } from '#platform';
import type { Tx } from '#platform';
import { formsTables } from '../database.ts';
import { isObject } from '../definition/dialects/reading.ts';
import type { JsonObject } from '../definition/form.ts';
import { actorName, publishForm } from '../versions/versions.ts';

/** How many steps of a draft are kept. */
const mostSteps = 1_000;

/** The draft of a service's form, as it stands. */
export interface Draft {
  formId: string;
  /** Number of the step that it stands at: whoever changes it says which one they saw. */
  step: number;
  definition: JsonObject;
  /** What the step did, by whom, when. */
  what: string;
  madeBy: string;
  madeAt: string;
  /** The step before, to which undoing goes; null where there is none. */
  before: number | null;
  /** The step that undoing left last, to which redoing goes; null where there is none. */
  after: number | null;
  /** The step that was published last; null where none was. */
  publishedStep: number | null;
}

/** A change of a draft. */
export interface DraftChange {
  serviceId: string;
  /** The step that the person saw. */
  seen: number;
  /** What it does, as a sentence without a full stop: `Added the page “Your name”`. */
  what: string;
  /** Makes the new definition, and leaves the one that it is given as it is. */
  change: (definition: JsonObject) => JsonObject;
  /**
   * The part of a definition that the change rests on, such as one page. If somebody else has changed the draft meanwhile
   * but not this part, the change is made all the same; otherwise it is refused. Without it the whole definition counts.
   */
  restsOn?: (definition: JsonObject) => unknown;
}

/** What became of a change: the new step, or who has changed the same thing meanwhile. */
export type Changing = { done: true; step: number } | { done: false; current: Draft };

/** The draft of a service's form, or null if there is none. */
export async function findDraft(tx: Tx, serviceId: string): Promise<Draft | null> {
  return readDraft(tx, serviceId, false);
}

/** The same. @throws Problem not-found. */
export async function getDraft(tx: Tx, serviceId: string): Promise<Draft> {
  const draft = await findDraft(tx, serviceId);
  if (!draft) throw new Problem('not-found', { detail: 'the form has no draft' });
  return draft;
}

/**
 * Puts a whole definition into the draft: begins the draft, or is one more step of it.
 *
 * @returns the number of the step.
 */
export async function putDraft(
  tx: Tx,
  { serviceId, name, definition, what }: { serviceId: string; name: string; definition: JsonObject; what: string },
): Promise<number> {
  const formId = await ensureForm(tx, serviceId, name);
  const before = await readDraft(tx, serviceId, true);
  return addStep(tx, { formId, parent: before?.step ?? null, what, definition });
}

/**
 * Changes a draft, as one step that can be undone. Two people who edit at once never overwrite each other: see `restsOn`.
 *
 * @throws Problem not-found if there is no draft, or `seen` is no step of it.
 */
export async function changeDraft(tx: Tx, { serviceId, seen, what, change, restsOn }: DraftChange): Promise<Changing> {
  const current = await lockDraft(tx, serviceId);
  if (current.step !== seen) {
    const before = await getStep(tx, current.formId, seen);
    const part = restsOn ?? ((definition: JsonObject) => definition);
    if (!isDeepStrictEqual(part(before), part(current.definition))) return { done: false, current };
  }
  const definition = change(current.definition);
  if (isDeepStrictEqual(definition, current.definition)) return { done: true, step: current.step };
  return {
    done: true,
    step: await addStep(tx, { formId: current.formId, parent: current.step, what, definition }),
  };
}

/** Goes to the step before, or back to the one that was left so. What was undone is kept. */
export async function undoStep(tx: Tx, serviceId: string, seen: number, way: 'undo' | 'redo'): Promise<Changing> {
  const current = await lockDraft(tx, serviceId);
  if (current.step !== seen) return { done: false, current };
  const to = way === 'undo' ? current.before : current.after;
  if (to === null) return { done: true, step: current.step };
  await standAt(tx, current.formId, to);
  await recordAudit(tx, {
    action: way === 'undo' ? 'forms.draft-step-undone' : 'forms.draft-step-redone',
    subject: { kind: 'form', id: current.formId },
    detail: { step: to },
  });
  return { done: true, step: to };
}

/** Makes the draft what it was after an earlier step, as a step of its own. */
export async function restoreStep(
  tx: Tx,
  { serviceId, seen, number }: { serviceId: string; seen: number; number: number },
): Promise<Changing> {
  const current = await lockDraft(tx, serviceId);
  if (current.step !== seen) return { done: false, current };
  const definition = await getStep(tx, current.formId, number);
  const what = `Went back to step ${number}`;
  return { done: true, step: await addStep(tx, { formId: current.formId, parent: current.step, what, definition }) };
}

/**
 * Publishes the draft as the next version.
 *
 * @param seen the step whose checks the person saw: a draft that has changed since is not published.
 * @param canScanFiles whether a scanner is set: without one a form that asks for files is refused.
 * @throws Problem unprocessable where the definition cannot be run.
 */
export async function publishDraft(
  tx: Tx,
  { serviceId, seen, canScanFiles }: { serviceId: string; seen: number; canScanFiles: boolean },
): Promise<{ done: true; version: number } | { done: false; current: Draft }> {
  const current = await lockDraft(tx, serviceId);
  if (current.step !== seen) return { done: false, current };
  const { version } = await publishForm(tx, {
    serviceId,
    definition: current.definition,
    step: current.step,
    canScanFiles,
  });
  await formsTables(tx)
    .updateTable('drafts')
    .set({ published_step: current.step })
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', current.formId)
    .execute();
  return { done: true, version };
}

/** A step as the history of a draft lists it. */
export interface ListedStep {
  number: number;
  what: string;
  madeBy: string;
  madeAt: string;
}

/** The newest steps of a draft, those that were undone among them. */
export async function listSteps(tx: Tx, formId: string, most = 50, before?: number): Promise<ListedStep[]> {
  let query = formsTables(tx)
    .selectFrom('draft_steps')
    .select(['number', 'what', 'made_by', 'made_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId);
  if (before !== undefined) query = query.where('number', '<', before);
  const rows = await query.orderBy('number', 'desc').limit(most).execute();
  return rows.map((row) => ({ number: row.number, what: row.what, madeBy: row.made_by, madeAt: row.made_at }));
}

/** The definition after a step. @throws Problem not-found. */
export async function getStep(tx: Tx, formId: string, number: number): Promise<JsonObject> {
  const row = await formsTables(tx)
    .selectFrom('draft_steps')
    .select('definition')
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId)
    .where('number', '=', number)
    .executeTakeFirst();
  if (!row) throw new Problem('not-found', { detail: 'the draft has no such step' });
  return asObject(row.definition);
}

async function lockDraft(tx: Tx, serviceId: string): Promise<Draft> {
  const draft = await readDraft(tx, serviceId, true);
  if (!draft) throw new Problem('not-found', { detail: 'the form has no draft' });
  return draft;
}

async function readDraft(tx: Tx, serviceId: string, lock: boolean): Promise<Draft | null> {
  const tables = formsTables(tx);
  const standing = tables
    .selectFrom('forms')
    .innerJoin('drafts', (join) =>
      join.onRef('drafts.organisation_id', '=', 'forms.organisation_id').onRef('drafts.form_id', '=', 'forms.id'),
    )
    .select(['forms.id', 'drafts.step', 'drafts.published_step'])
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId);
  const draft = await (lock ? standing.forUpdate(['forms', 'drafts']) : standing).executeTakeFirst();
  if (!draft) return null;
  const step = await tables
    .selectFrom('draft_steps as step')
    .leftJoin('draft_steps as before', (join) =>
      join
        .onRef('before.organisation_id', '=', 'step.organisation_id')
        .onRef('before.form_id', '=', 'step.form_id')
        .onRef('before.number', '=', 'step.parent'),
    )
    .select((select) => [
      'step.definition',
      'step.what',
      'step.made_by',
      'step.made_at',
      'before.number as before',
      select
        .selectFrom('draft_steps as later')
        .select((of) => of.fn.max('later.number').as('number'))
        .where('later.organisation_id', '=', tx.organisationId)
        .where('later.form_id', '=', draft.id)
        .where('later.parent', '=', draft.step)
        .as('after'),
    ])
    .where('step.organisation_id', '=', tx.organisationId)
    .where('step.form_id', '=', draft.id)
    .where('step.number', '=', draft.step)
    .executeTakeFirstOrThrow();
  return {
    formId: draft.id,
    step: draft.step,
    definition: asObject(step.definition),
    what: step.what,
    madeBy: step.made_by,
    madeAt: step.made_at,
    before: step.before,
    after: step.after,
    publishedStep: draft.published_step,
  };
}

async function ensureForm(tx: Tx, serviceId: string, name: string): Promise<string> {
  const { id } = await formsTables(tx)
    .insertInto('forms')
    .values({ organisation_id: tx.organisationId, id: newId(), service_id: serviceId, name })
    // Changes nothing, so that the row that is there is returned and locked.
    .onConflict((conflict) =>
      conflict.columns(['organisation_id', 'service_id']).doUpdateSet((row) => ({ name: row.ref('forms.name') })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function addStep(
  tx: Tx,
  { formId, parent, what, definition }: { formId: string; parent: number | null; what: string; definition: JsonObject },
): Promise<number> {
  const tables = formsTables(tx);
  const newest = await tables
    .selectFrom('draft_steps')
    .select((select) => select.fn.max('number').as('number'))
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId)
    .executeTakeFirst();
  const number = (newest?.number ?? 0) + 1;
  await tables
    .insertInto('draft_steps')
    .values({
      organisation_id: tx.organisationId,
      form_id: formId,
      number,
      parent,
      what: what.slice(0, 500),
      definition: JSON.stringify(definition),
      made_by: actorName(tx),
    })
    .execute();
  await standAt(tx, formId, number);
  await tables
    .deleteFrom('draft_steps')
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId)
    .where('number', '<=', number - mostSteps)
    .execute();
  await recordAudit(tx, {
    action: 'forms.draft-changed',
    subject: { kind: 'form', id: formId },
    detail: { step: number, what: what.slice(0, 500) },
  });
  return number;
}

async function standAt(tx: Tx, formId: string, step: number): Promise<void> {
  await formsTables(tx)
    .insertInto('drafts')
    .values({ organisation_id: tx.organisationId, form_id: formId, step })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'form_id']).doUpdateSet({ step }))
    .execute();
}

const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
