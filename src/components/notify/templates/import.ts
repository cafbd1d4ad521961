import { createHmac } from 'node:crypto';
import type { Tx } from '#platform';
import { keyOf } from './template-text.ts';
import { createTemplate, postages, templateTypes, type Postage, type TemplateType } from './templates.ts';

/** A template as the GOV.UK Notify API tells of it. */
export interface ForeignTemplate {
  readonly id: string;
  readonly type: TemplateType;
  readonly name: string;
  readonly subject: string;
  readonly body: string;
  readonly postage: Postage | null;
}

/** A template that was brought in: what it was there, and what it is here. */
export interface ImportedTemplate {
  readonly from: string;
  readonly id: string;
  readonly type: TemplateType;
  readonly name: string;
  readonly version: number;
}

const longestMilliseconds = 30_000;

/**
 * Asks a GOV.UK Notify API for the templates of the service whose key is given.
 *
 * @param url the base of the API, such as `https://api.notifications.service.gov.uk`.
 * @param apiKey as a person keeps it: its last 73 characters are the service and the secret.
 * @throws Error that says what to do where the API does not answer, or not with templates.
 */
export async function fetchTemplates(url: string, apiKey: string): Promise<ForeignTemplate[]> {
  const [serviceId, secret] = [apiKey.slice(-73, -37), apiKey.slice(-36)];
  if (apiKey.length < 73) throw new Error('The key is not whole: it ends with the id of the service and the secret.');
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: serviceId, iat: Math.floor(Date.now() / 1000) };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  const answer = await fetch(`${url.replace(/\/+$/, '')}/v2/templates`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.timeout(longestMilliseconds),
  }).catch((error: unknown) => {
    throw new Error(`${url} does not answer. Check the address.`, { cause: error });
  });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(`${url} refused the key: it answered ${answer.status}${faultIn(body)}.`);
  const templates = isRecord(body) ? body['templates'] : undefined;
  if (!Array.isArray(templates)) throw new Error(`${url} answered with something else than templates.`);
  return templates.map(readTemplate);
}

function readTemplate(value: unknown): ForeignTemplate {
  if (!isRecord(value)) throw new Error('One of the templates cannot be read.');
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  const type = templateTypes.find((each) => each === value['type']);
  if (type === undefined) throw new Error(`The template "${text('name')}" is of a kind that is not known here.`);
  return {
    id: text('id'),
    type,
    name: text('name'),
    subject: text('subject'),
    body: text('body'),
    postage: postages.find((each) => each === value['postage']) ?? null,
  };
}

/**
 * Publishes templates for a service. Brought in again they become new versions where they have changed, and nothing
 * otherwise. Of several with one name the others get a number.
 */
export async function importTemplates(
  tx: Tx,
  serviceId: string,
  templates: readonly ForeignTemplate[],
): Promise<ImportedTemplate[]> {
  const taken = new Map<string, number>();
  const imported: ImportedTemplate[] = [];
  // By their ids, so that the same one gets the same number again.
  for (const template of templates.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    const { type, subject, body, postage } = template;
    const key = `${type} ${keyOf(template.name)}`;
    const count = (taken.get(key) ?? 0) + 1;
    taken.set(key, count);
    const name = count === 1 ? template.name : `${template.name} (${count})`;
    const { id, version } = await createTemplate(tx, {
      serviceId,
      type,
      name,
      subject,
      body,
      ...(postage === null ? {} : { postage }),
    });
    imported.push({ from: template.id, id, type, name, version });
  }
  return imported;
}

/** What the API says was wrong. */
function faultIn(body: unknown): string {
  const errors = isRecord(body) ? body['errors'] : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return isRecord(first) && typeof first['message'] === 'string' ? ` (${first['message']})` : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
