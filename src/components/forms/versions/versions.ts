import { newId, Problem, recordAudit } from '#platform';
import type { Database, Scope, Tx } from '#platform';
import { compileForm } from './compile.ts';
import type { CompiledForm } from './compile.ts';
import { formsTables } from '../database.ts';
import { readDefinition } from '../definition/definition.ts';
import type { Form } from '../definition/form.ts';
import { translateForm } from '../words/translation.ts';
import { findUnscanned } from '../uploads/unscanned.ts';

/** A published version of a service's form, ready to run. */
export interface PublishedForm {
  formId: string;
  number: number;
  compiled: CompiledForm;
  /** The same in another of the form's languages; made when it is first asked for. */
  inLanguage(language: string): CompiledForm;
}

/**
 * Publishes a definition as the next version of a service's form. Who has begun stays on the version they began with.
 *
 * @param definition the parsed JSON of a definition, in any dialect.
 * @param step the step of the draft that it is, if it is one.
 * @param canScanFiles whether a scanner is set: without one a form that asks for files is refused.
 * @throws Problem unprocessable, with each error and its place, where the definition cannot be run.
 */
export async function publishForm(
  tx: Tx,
  {
    serviceId,
    definition,
    step,
    canScanFiles = false,
  }: { serviceId: string; definition: unknown; step?: number; canScanFiles?: boolean },
): Promise<{ formId: string; version: number }> {
  const text = JSON.stringify(definition);
  const { form, problems } = readDefinition(definition);
  const errors = [
    ...problems.filter(({ severity }) => severity !== 'warning'),
    ...(form && !canScanFiles ? findUnscanned(form) : []),
  ];
  if (!form || errors.length > 0) {
    throw new Problem('unprocessable', {
      message: `The form cannot be published: ${errors.map(({ message }) => message).join(' ')}`.slice(0, 2_000),
      places: errors.map(({ pointer, message }) => ({ place: pointer, message })),
    });
  }
  compileForm(form);
  const tables = formsTables(tx);
  // The update that changes nothing locks the row, so that two who publish at once get two numbers.
  const { id } = await tables
    .insertInto('forms')
    .values({ organisation_id: tx.organisationId, id: newId(), service_id: serviceId, name: form.name })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'service_id']).doUpdateSet({ name: form.name }))
    .returning('id')
    .executeTakeFirstOrThrow();
  const { number } = await tables
    .insertInto('versions')
    .columns(['organisation_id', 'form_id', 'number', 'definition', 'step'])
    .expression((from) =>
      from
        .selectFrom('versions')
        .select((select) => [
          select.val(tx.organisationId).$castTo<string>().as('organisation_id'),
          select.val(id).as('form_id'),
          select.fn.coalesce(select(select.fn.max('number'), '+', 1), select.lit(1)).as('number'),
          select.cast<string>(select.val(text), 'json').as('definition'),
          select
            .val(step ?? null)
            .$castTo<number | null>()
            .as('step'),
        ])
        .where('organisation_id', '=', tx.organisationId)
        .where('form_id', '=', id)
        .where('number', '>', 0),
    )
    .returning('number')
    .executeTakeFirstOrThrow();
  await makeLive(tx, { serviceId, formId: id, version: number, kind: 'published' });
  await recordAudit(tx, {
    action: 'forms.form-published',
    subject: { kind: 'form', id, name: form.name },
    detail: { version: number },
  });
  return { formId: id, version: number };
}

/**
 * Makes an older version the live one again. Nothing is taken away: the versions after it stay, and who has begun goes on
 * with theirs.
 *
 * @throws Problem not-found if there is no such version; conflict if it is live already.
 */
export async function rollBack(tx: Tx, { serviceId, version }: { serviceId: string; version: number }): Promise<void> {
  const tables = formsTables(tx);
  const form = await tables
    .selectFrom('forms')
    .innerJoin('versions', (join) =>
      join.onRef('versions.organisation_id', '=', 'forms.organisation_id').onRef('versions.form_id', '=', 'forms.id'),
    )
    .select(['forms.id', 'forms.name'])
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .where('versions.number', '=', version)
    .where('versions.number', '>', 0)
    .forUpdate('forms')
    .executeTakeFirst();
  if (!form) throw new Problem('not-found');
  if ((await findLiveNumber(tx, serviceId)) === version) {
    throw new Problem('conflict', { message: `Version ${version} is live already.` });
  }
  await makeLive(tx, { serviceId, formId: form.id, version, kind: 'rolled back' });
  await recordAudit(tx, {
    action: 'forms.form-rolled-back',
    subject: { kind: 'form', id: form.id, name: form.name },
    detail: { version },
  });
}

/** Adds to the history of what was live. The form's row is locked by the caller. */
async function makeLive(
  tx: Tx,
  {
    serviceId,
    formId,
    version,
    kind,
  }: { serviceId: string; formId: string; version: number; kind: 'published' | 'rolled back' },
): Promise<void> {
  const tables = formsTables(tx);
  const newest = await tables
    .selectFrom('publications')
    .select((select) => select.fn.max('number').as('number'))
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId)
    .executeTakeFirst();
  await tables
    .insertInto('publications')
    .values({
      organisation_id: tx.organisationId,
      form_id: formId,
      number: (newest?.number ?? 0) + 1,
      version,
      kind,
      published_by: actorName(tx),
    })
    .execute();
  live.delete(`${tx.organisationId}/${serviceId}`);
}

/** Who does it, as histories name them. */
export function actorName({ actor }: Tx): string {
  return 'name' in actor ? actor.name : 'applicant';
}

/** For how long the live version is believed to be live, in milliseconds. */
const liveForMilliseconds = 2_000;
const mostLive = 1_000;
const live = new Map<string, { form: PublishedForm | null; until: number }>();

/**
 * The live version of a service's form, or null if none was published. The start page of every service asks, so an answer
 * is kept for two seconds: that long after a publication some still begin on the version before.
 */
export async function findLiveForm(database: Database, scope: Scope, serviceId: string): Promise<PublishedForm | null> {
  const key = `${scope.organisationId}/${serviceId}`;
  const kept = live.get(key);
  if (kept && kept.until > Date.now()) return kept.form;
  const form = await database.transact(scope, async (tx) => {
    const number = await findLiveNumber(tx, serviceId);
    return number === null ? null : findVersion(tx, serviceId, number);
  });
  if (live.size >= mostLive) live.clear();
  live.set(key, { form, until: Date.now() + liveForMilliseconds });
  return form;
}

/** The number of the live version of a service's form, or null if none was published. */
export async function findLiveNumber(tx: Tx, serviceId: string): Promise<number | null> {
  const row = await formsTables(tx)
    .selectFrom('forms')
    .innerJoin('publications', (join) =>
      join
        .onRef('publications.organisation_id', '=', 'forms.organisation_id')
        .onRef('publications.form_id', '=', 'forms.id'),
    )
    .select('publications.version')
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .orderBy('publications.number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.version ?? null;
}

/** That a version became live, as the staff console lists it. */
export interface ListedPublication {
  version: number;
  kind: 'published' | 'rolled back';
  publishedBy: string;
  publishedAt: string;
}

/** The history of what was live, the newest first. */
export async function listPublications(tx: Tx, serviceId: string, most = 50): Promise<ListedPublication[]> {
  const rows = await formsTables(tx)
    .selectFrom('forms')
    .innerJoin('publications', (join) =>
      join
        .onRef('publications.organisation_id', '=', 'forms.organisation_id')
        .onRef('publications.form_id', '=', 'forms.id'),
    )
    .select(['publications.version', 'publications.kind', 'publications.published_by', 'publications.published_at'])
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .orderBy('publications.number', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    version: row.version,
    kind: row.kind === 'rolled back' ? 'rolled back' : 'published',
    publishedBy: row.published_by,
    publishedAt: row.published_at,
  }));
}

/** A version as the staff console lists it. */
export interface ListedVersion {
  number: number;
  name: string;
  publishedAt: string;
}

/** The published versions of a service's form, the newest first. It need not be the live one: see `findLiveNumber`. */
export async function listVersions(tx: Tx, serviceId: string, most = 50): Promise<ListedVersion[]> {
  const rows = await formsTables(tx)
    .selectFrom('forms')
    .innerJoin('versions', (join) =>
      join.onRef('versions.organisation_id', '=', 'forms.organisation_id').onRef('versions.form_id', '=', 'forms.id'),
    )
    .select(['versions.number', 'versions.published_at', 'forms.name'])
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .where('versions.number', '>', 0)
    .orderBy('versions.number', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({ number: row.number, name: row.name, publishedAt: row.published_at }));
}

/** The definition of a version as it was published, or null if there is none of that number. */
export async function getDefinition(tx: Tx, serviceId: string, number: number): Promise<unknown> {
  const row = await formsTables(tx)
    .selectFrom('forms')
    .innerJoin('versions', (join) =>
      join.onRef('versions.organisation_id', '=', 'forms.organisation_id').onRef('versions.form_id', '=', 'forms.id'),
    )
    .select('versions.definition')
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .where('versions.number', '=', number)
    .executeTakeFirst();
  return row?.definition ?? null;
}

/** Compiled versions, in the order in which they were first asked for. A version never changes, so none is ever stale. */
const compiledVersions = new Map<string, PublishedForm>();
const mostCompiled = 200;

/** A version of a service's form, or null if there is none of that number. */
export async function findVersion(tx: Tx, serviceId: string, number: number): Promise<PublishedForm | null> {
  const known = knownVersion(tx.organisationId, serviceId, number);
  if (known) return known;
  const row = await formsTables(tx)
    .selectFrom('forms')
    .innerJoin('versions', (join) =>
      join.onRef('versions.organisation_id', '=', 'forms.organisation_id').onRef('versions.form_id', '=', 'forms.id'),
    )
    .select(['forms.id', 'versions.definition'])
    .where('forms.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .where('versions.number', '=', number)
    .executeTakeFirst();
  if (!row) return null;
  const { form } = readDefinition(row.definition);
  if (!form) throw new Error(`Version ${number} of form ${row.id} cannot be read.`);
  const published = makeReady(row.id, number, form);
  if (compiledVersions.size >= mostCompiled) {
    for (const oldest of compiledVersions.keys()) {
      compiledVersions.delete(oldest);
      break;
    }
  }
  compiledVersions.set(keyOf(tx.organisationId, serviceId, number), published);
  return published;
}

function makeReady(formId: string, number: number, form: Form): PublishedForm {
  const compiled = compileForm(form);
  const others = new Map<string, CompiledForm>();
  return {
    formId,
    number,
    compiled,
    inLanguage(language) {
      if (language === form.language || form.translations[language] === undefined) return compiled;
      const known = others.get(language) ?? compileForm(translateForm(form, language));
      others.set(language, known);
      return known;
    },
  };
}

/** A version that was asked for before: known without asking the database. */
export function knownVersion(organisationId: string, serviceId: string, number: number): PublishedForm | null {
  return compiledVersions.get(keyOf(organisationId, serviceId, number)) ?? null;
}

const keyOf = (organisationId: string, serviceId: string, number: number): string =>
  `${organisationId}/${serviceId}/${number}`;
