import { sql } from 'kysely';
import { isDuplicate, Problem, recordAudit, type Tx } from '#platform';
import { findBuiltIn } from './built-in-templates.ts';
import { notifyTables } from './database.ts';
import { keyOf } from './template-text.ts';

/** A template as messages are made from it. */
export interface Template {
  readonly name: string;
  /** Null for a template that is built in. */
  readonly version: number | null;
  readonly subject: string;
  readonly body: string;
}

const longestName = 100;
const longestSubject = 500;
const longestBody = 100_000;

/**
 * Publishes a new version of a service's template; messages that follow use it. The same text again is no new version.
 *
 * @param values.name matches without regard to case, spaces, `_` and `-`. A service's own template takes the place of the
 *   built-in one of that name.
 * @throws Problem unprocessable where a text is missing or too long, or the subject has a line break; conflict where
 *   somebody published a version at the same moment.
 */
export async function createTemplate(
  tx: Tx,
  values: { serviceId: string; name: string; subject: string; body: string },
): Promise<{ version: number }> {
  const { serviceId } = values;
  const name = values.name.trim();
  const subject = values.subject.trim();
  const body = values.body.replaceAll('\r\n', '\n').trim();
  checkTexts({ name, subject, body });
  const newest = await findOwn(tx, serviceId, name);
  if (newest !== undefined && newest.subject === subject && newest.body === body) return { version: newest.version };
  const version = (newest?.version ?? 0) + 1;
  try {
    await notifyTables(tx)
      .insertInto('templates')
      .values({
        organisation_id: tx.organisationId,
        service_id: serviceId,
        name_key: keyOf(name),
        version,
        name,
        subject,
        body,
      })
      .execute();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Problem('conflict', {
      message: `Somebody else published a version of "${name}" just now. Look at it, and publish yours again if it is still needed.`,
    });
  }
  await recordAudit(tx, {
    action: 'notify.template-published',
    subject: { kind: 'template', name },
    detail: { service: serviceId, version },
  });
  return { version };
}

/**
 * The template that a service uses under a name: the newest version of its own, or else the built-in one.
 *
 * @throws Problem invalid where there is neither.
 */
export async function findTemplate(tx: Tx, serviceId: string | null, name: string): Promise<Template> {
  const own = serviceId === null ? undefined : await findOwn(tx, serviceId, name);
  if (own !== undefined) return own;
  const builtIn = findBuiltIn(name);
  if (builtIn === undefined) {
    throw new Problem('invalid', { message: 'Template not found', detail: `no template "${name}"` });
  }
  return { ...builtIn, version: null };
}

async function findOwn(
  tx: Tx,
  serviceId: string,
  name: string,
): Promise<(Template & { readonly version: number }) | undefined> {
  return notifyTables(tx)
    .selectFrom('templates')
    .select(['name', 'version', 'subject', 'body'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('name_key', '=', keyOf(name))
    .orderBy('version', 'desc')
    .limit(sql.lit(1))
    .executeTakeFirst();
}

function checkTexts({ name, subject, body }: { name: string; subject: string; body: string }): void {
  const places = [
    ...wrongLength('name', keyOf(name), longestName),
    ...wrongLength('subject', subject, longestSubject),
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
