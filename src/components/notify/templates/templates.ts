import { sql } from 'kysely';
import { isDuplicate, newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { findBuiltIn } from './built-in-templates.ts';
import { notifyTables } from '../database.ts';
import { keyOf } from './template-text.ts';

export const templateTypes = ['sms', 'email', 'letter'] as const;
export type TemplateType = (typeof templateTypes)[number];

export const postages = ['first', 'second', 'economy'] as const;
export type Postage = (typeof postages)[number];

/** A template as messages are made from it. */
export interface Template {
  /** Null for a template that is built in, which has no version either. */
  readonly id: string | null;
  readonly name: string;
  readonly version: number | null;
  /** Empty for a text message. */
  readonly subject: string;
  readonly body: string;
}

/** One version of a template of a service, with everything that is known of it. */
export interface TemplateVersion extends Template {
  readonly id: string;
  readonly version: number;
  readonly type: TemplateType;
  readonly archived: boolean;
  /** How a letter is posted within the country; null where it is no letter. */
  readonly postage: Postage | null;
  readonly createdBy: string;
  /** When the first version was published, and when this one was. */
  readonly createdAt: string;
  readonly publishedAt: string;
}

const longestName = 100;
const longestSubject = 500;
const longestBody = 100_000;

/**
 * Publishes a new version of a service's template; messages that follow use it. The same text again is no new version.
 *
 * @param values.name matches without regard to case, spaces, `_` and `-`. A service's own e-mail template takes the place
 *   of the built-in one of that name.
 * @param values.type email unless it is given. A text message has no subject.
 * @throws Problem unprocessable where a text is missing or too long, or the subject has a line break; conflict where
 *   somebody published a version at the same moment.
 */
export async function createTemplate(
  tx: Tx,
  values: { serviceId: string; name: string; subject?: string; body: string; type?: TemplateType; postage?: Postage },
): Promise<{ id: string; version: number }> {
  const { serviceId, type = 'email' } = values;
  const texts = readTexts(values, type);
  const newest = await findOwn(tx, serviceId, texts.name, type);
  if (newest !== undefined && isSame(newest, { ...texts, name: newest.name })) {
    return { id: newest.id, version: newest.version };
  }
  const id = newest?.id ?? newId();
  const version = (newest?.version ?? 0) + 1;
  await publish(tx, { ...texts, id, serviceId, version, type });
  return { id, version };
}

interface Texts {
  readonly name: string;
  readonly subject: string;
  readonly body: string;
  readonly postage: Postage | null;
}

function readTexts(
  given: { name: string; subject?: string; body: string; postage?: Postage | null },
  type: TemplateType,
): Texts {
  const texts = {
    name: given.name.toWellFormed().trim(),
    subject: type === 'sms' ? '' : (given.subject ?? '').toWellFormed().trim(),
    body: given.body.toWellFormed().replaceAll('\r\n', '\n').trim(),
    postage: type === 'letter' ? (given.postage ?? 'second') : null,
  };
  checkTexts(texts, type);
  return texts;
}

function isSame(one: Texts, other: Texts): boolean {
  return (
    one.subject === other.subject && one.body === other.body && one.postage === other.postage && one.name === other.name
  );
}

/** Writes a version: the template itself where it is the first. */
async function publish(
  tx: Tx,
  template: Texts & { id: string; serviceId: string; version: number; type: TemplateType },
): Promise<void> {
  const { id, serviceId, version, type, name, subject, body, postage } = template;
  const tables = notifyTables(tx);
  try {
    await (
      version === 1
        ? tables.insertInto('templates').values({
            organisation_id: tx.organisationId,
            id,
            service_id: serviceId,
            type,
            name_key: keyOf(name),
            version,
          })
        : tables
            .updateTable('templates')
            .set({ version, name_key: keyOf(name) })
            .where('organisation_id', '=', tx.organisationId)
            .where('id', '=', id)
    ).execute();
    await tables
      .insertInto('template_versions')
      .values({
        organisation_id: tx.organisationId,
        template_id: id,
        version,
        name,
        subject,
        body,
        postage,
        created_by: 'name' in tx.actor ? tx.actor.name : tx.actor.kind,
      })
      .execute();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    if (isDuplicate(error, 'templates_by_name')) {
      const message = `Another template is called "${name}". Choose another name.`;
      throw new Problem('conflict', { message, places: [{ place: 'name', message }] });
    }
    throw new Problem('conflict', {
      message: `Somebody else published a version of "${name}" just now. Look at it, and publish yours again if it is still needed.`,
    });
  }
  await recordAudit(tx, {
    action: 'notify.template-published',
    subject: { kind: 'template', id, name },
    detail: { service: serviceId, version },
  });
}

/**
 * Publishes the next version of a template, which may have another name. The same texts again are no new version.
 *
 * @throws Problem not-found where it is not there, or is away; unprocessable and conflict as createTemplate.
 */
export async function changeTemplate(
  tx: Tx,
  values: {
    serviceId: string;
    templateId: string;
    name?: string;
    subject?: string;
    body: string;
    postage?: Postage;
  },
): Promise<{ version: number }> {
  const newest = await getTemplate(tx, values);
  if (newest === null || newest.archived) throw new Problem('not-found');
  const { type } = newest;
  const texts = readTexts({ name: newest.name, subject: newest.subject, postage: newest.postage, ...values }, type);
  if (isSame(newest, texts)) return { version: newest.version };
  const version = newest.version + 1;
  await publish(tx, { ...texts, id: newest.id, serviceId: values.serviceId, version, type });
  return { version };
}

/** Puts a template away: nothing is sent with it any more. @throws Problem not-found where it is not there, or is away. */
export async function archiveTemplate(tx: Tx, values: { serviceId: string; templateId: string }): Promise<void> {
  const template = await getTemplate(tx, values);
  if (template === null || template.archived) throw new Problem('not-found');
  await notifyTables(tx)
    .updateTable('templates')
    .set({ archived_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', values.templateId)
    .execute();
  await recordAudit(tx, {
    action: 'notify.template-archived',
    subject: { kind: 'template', id: template.id, name: template.name },
    detail: { service: values.serviceId },
  });
}

/**
 * The e-mail template that a service uses under a name: the newest version of its own, or else the built-in one.
 *
 * @throws Problem invalid where there is neither.
 */
export async function findTemplate(tx: Tx, serviceId: string | null, name: string): Promise<Template> {
  const own = serviceId === null ? undefined : await findOwn(tx, serviceId, name, 'email');
  if (own !== undefined) return own;
  const builtIn = findBuiltIn(name);
  if (builtIn === undefined) {
    throw new Problem('invalid', { message: 'Template not found', detail: `no template "${name}"` });
  }
  return { ...builtIn, id: null, version: null };
}

/** A template of a service by its id, the newest version or the one that is asked for; null where there is none. */
export async function getTemplate(
  tx: Tx,
  wanted: { serviceId: string; templateId: string; version?: number },
): Promise<TemplateVersion | null> {
  const query = versions(tx, wanted.serviceId).where('templates.id', '=', wanted.templateId);
  const row = await (
    wanted.version === undefined
      ? query.whereRef('template_versions.version', '=', 'templates.version')
      : query.where('template_versions.version', '=', wanted.version)
  ).executeTakeFirst();
  return row === undefined ? null : shape(row);
}

/** Every version of a template of a service, the newest first; empty where there is no such template. */
export async function listTemplateVersions(
  tx: Tx,
  wanted: { serviceId: string; templateId: string },
): Promise<TemplateVersion[]> {
  const rows = await versions(tx, wanted.serviceId)
    .where('templates.id', '=', wanted.templateId)
    .orderBy('template_versions.version', 'desc')
    .execute();
  return rows.map(shape);
}

/** The newest versions of a service's templates that are in use, by name. */
export async function listTemplates(
  tx: Tx,
  wanted: { serviceId: string; type?: TemplateType },
): Promise<TemplateVersion[]> {
  let query = versions(tx, wanted.serviceId)
    .whereRef('template_versions.version', '=', 'templates.version')
    .where('templates.archived_at', 'is', null);
  if (wanted.type !== undefined) query = query.where('templates.type', '=', wanted.type);
  return (await query.orderBy('templates.name_key').orderBy('templates.id').execute()).map(shape);
}

function versions(tx: Tx, serviceId: string) {
  return notifyTables(tx)
    .selectFrom('templates')
    .innerJoin('template_versions', (join) =>
      join
        .onRef('template_versions.organisation_id', '=', 'templates.organisation_id')
        .onRef('template_versions.template_id', '=', 'templates.id'),
    )
    .select([
      'templates.id',
      'templates.type',
      'templates.archived_at',
      'templates.created_at',
      'template_versions.version',
      'template_versions.name',
      'template_versions.subject',
      'template_versions.body',
      'template_versions.postage',
      'template_versions.created_by',
      'template_versions.created_at as published_at',
    ])
    .where('templates.organisation_id', '=', tx.organisationId)
    .where('templates.service_id', '=', serviceId);
}

function shape(row: {
  id: string;
  type: string;
  archived_at: string | null;
  created_at: string;
  version: number;
  name: string;
  subject: string;
  body: string;
  postage: string | null;
  created_by: string;
  published_at: string;
}): TemplateVersion {
  const { id, version, name, subject, body } = row;
  return {
    id,
    version,
    name,
    subject,
    body,
    type: oneOf(templateTypes, row.type),
    archived: row.archived_at !== null,
    postage: row.postage === null ? null : oneOf(postages, row.postage),
    createdBy: row.created_by,
    createdAt: row.created_at,
    publishedAt: row.published_at,
  };
}

async function findOwn(
  tx: Tx,
  serviceId: string,
  name: string,
  type: TemplateType,
): Promise<TemplateVersion | undefined> {
  const row = await versions(tx, serviceId)
    .where('templates.type', '=', type)
    .where('templates.name_key', '=', keyOf(name))
    .where('templates.archived_at', 'is', null)
    .whereRef('template_versions.version', '=', 'templates.version')
    .executeTakeFirst();
  return row === undefined ? undefined : shape(row);
}

function checkTexts(
  { name, subject, body }: { name: string; subject: string; body: string },
  type: TemplateType,
): void {
  const places = [
    ...wrongLength('name', keyOf(name), longestName),
    ...(type === 'sms' ? [] : wrongLength('subject', subject, longestSubject)),
    ...wrongLength('body', body, longestBody),
    // A line break would begin a header of its own.
    ...(/\p{Cc}/u.test(subject) ? [{ place: 'subject', message: 'must be one line' }] : []),
    ...([name, body].some((text) => text.includes('\0'))
      ? [{ place: 'body', message: 'must not hold the character U+0000' }]
      : []),
  ];
  if (places.length === 0) return;
  throw new Problem('unprocessable', {
    title: 'This template cannot be published',
    message: places.map(({ place, message }) => `${place} ${message}`).join('; '),
    places,
  });
}

function wrongLength(place: string, text: string, longest: number): { place: string; message: string }[] {
  if (text.length > 0 && text.length <= longest) return [];
  return [{ place, message: `must be text of 1 to ${longest} characters` }];
}
