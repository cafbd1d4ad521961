import { isDuplicate, Problem, SheetProblem, type Scope, type Tx } from '#platform';
import { refuseOverLimit, type Acceptance } from '../acceptance.ts';
import { Refusal } from '../api/refusals.ts';
import { isOfTeamOrGuest } from '../guests.ts';
import { countDay, type KeyKind } from '../intake.ts';
import type { KnownService } from '../known-services.ts';
import { usedBefore } from '../notifications.ts';
import { mostPerDay } from '../sending-settings.ts';
import type { TemplateVersion } from '../templates/templates.ts';
import { beginBatch, endReceiving, findBatchOnce, keepRows, type Batch } from './batches.ts';
import { checkRow, mostRows, type BatchRow, type UnreadableRow } from './rows.ts';
import { notifyTables } from '../database.ts';

/** What is to be sent in a batch, and by whom. */
export interface BatchRequest {
  readonly scope: Scope;
  readonly service: KnownService;
  readonly name: string;
  readonly template: TemplateVersion;
  readonly sender: string | null;
  readonly keyKind: KeyKind;
  /** Null where a person uploads it. */
  readonly keyId: string | null;
  readonly scheduledFor: string | null;
  /** Whether one wrong row keeps all others from being sent. */
  readonly allOrNone: boolean;
  /** Whether it waits for a person to say that it is to be sent. */
  readonly waits: boolean;
  /** The key by which the same may be handed over again, and what makes it the same. */
  readonly once: { readonly key: string; readonly signedText: string } | null;
}

/** How many rows, and about how many characters of them, are kept together. */
const rowsTogether = 500;
const charactersTogether = 1_000_000;
const signing = 'notify.batch';

/**
 * Receives a batch: every row is checked and kept, some hundreds at a time, and sent only once the last one is there.
 * What ends early is forgotten.
 *
 * @throws Refusal where the whole cannot be sent: no or too many rows, over the limit of the day, or a wrong row where all
 *   must be right; SheetProblem where the file is no table.
 */
export async function receiveBatch(
  acceptance: Acceptance,
  request: BatchRequest,
  rows: AsyncIterable<BatchRow | UnreadableRow>,
): Promise<Batch> {
  const { database, keyring } = acceptance;
  const { scope, service, once } = request;
  const repeated = await answerRepeated(acceptance, request);
  if (repeated !== null) return repeated;
  const { id } = await database.transact(scope, (tx) => beginBatch(tx, { ...request, serviceId: service.serviceId }));
  try {
    const { read, wrong } = await keepAll(acceptance, request, id, rows);
    if (request.allOrNone && wrong > 0) {
      throw new Refusal('ValidationError', `${wrong} of ${read} rows are wrong, so none is sent`);
    }
    return await database.transact(scope, async (tx) => {
      if (!request.waits) await refuseOverDay(tx, request, read - wrong);
      return endReceiving(tx, id, {
        state: request.waits ? 'checked' : 'sending',
        rows: read,
        wrong,
        ...(once === null ? {} : { once: { key: once.key, signature: keyring.sign(signing, once.signedText) } }),
      });
    });
  } catch (error) {
    await database.transact(scope, (tx) => forget(tx, id));
    // The same was handed over at the same moment, and that one was first.
    const first = isDuplicate(error, 'batches_once') ? await answerRepeated(acceptance, request) : null;
    if (first !== null) return first;
    throw error instanceof SheetProblem ? new Refusal('BadRequestError', error.message) : error;
  }
}

/** @throws Refusal where a service may not send so many more of a channel today. */
export async function refuseOverDay(
  tx: Tx,
  { service, template, keyKind }: Pick<BatchRequest, 'service' | 'template' | 'keyKind'>,
  wanted: number,
): Promise<void> {
  if (keyKind === 'test' || wanted === 0) return;
  const passed = await countDay(tx, service, template.type, wanted);
  if (passed < wanted) refuseOverLimit('too many', service, keyKind, template.type);
}

async function answerRepeated({ database, keyring }: Acceptance, request: BatchRequest): Promise<Batch | null> {
  const { once, scope, service } = request;
  if (once === null) return null;
  const found = await database.transact(scope, (tx) =>
    findBatchOnce(tx, { serviceId: service.serviceId, key: once.key }),
  );
  if (found === null) return null;
  if (!keyring.verify(signing, once.signedText, found.signature)) throw usedBefore();
  return found.batch;
}

async function keepAll(
  { database, keyring }: Acceptance,
  request: BatchRequest,
  batchId: string,
  rows: AsyncIterable<BatchRow | UnreadableRow>,
): Promise<{ read: number; wrong: number }> {
  const { scope, service, template } = request;
  const given = { template, prefix: service.prefix, mayTextAbroad: service.settings.mayTextAbroad };
  const isRestricted = request.keyKind === 'team' || (request.keyKind === 'live' && service.settings.trial);
  let read = 0;
  let wrong = 0;
  let characters = 0;
  let right: BatchRow[] = [];
  let faults: { number: number; faults: readonly string[] }[] = [];
  const keep = async (): Promise<void> => {
    const kept = { rows: right, faults };
    await database.transact(scope, (tx) => keepRows(tx, keyring, batchId, kept));
    [right, faults, characters] = [[], [], 0];
  };
  for await (const row of rows) {
    read += 1;
    if (read > mostRows) {
      throw new Refusal('ValidationError', `Too many rows: a batch has at most ${mostRows.toLocaleString('en-GB')}`);
    }
    const found =
      'fault' in row
        ? [row.fault]
        : await faultsOf(acceptableTo(request, { database, keyring }, isRestricted), row, given);
    if (found.length > 0) {
      wrong += 1;
      faults.push({ number: row.number, faults: found });
    } else if (!('fault' in row)) {
      right.push(row);
      characters += sizeOf(row);
    }
    if (right.length + faults.length >= rowsTogether || characters > charactersTogether) await keep();
  }
  await keep();
  const most = mostPerDay(service.settings, template.type);
  if (request.waits && read - wrong > most && request.keyKind !== 'test') {
    refuseOverLimit('too many', service, request.keyKind, template.type);
  }
  return { read, wrong };
}

async function faultsOf(
  isAllowed: (recipient: string) => Promise<boolean>,
  row: BatchRow,
  given: Parameters<typeof checkRow>[1],
): Promise<readonly string[]> {
  const checked = checkRow(row, given);
  if ('faults' in checked) return checked.faults;
  return (await isAllowed(checked.to)) ? [] : ['can’t send to this recipient: it is not on the team or the guest list'];
}

function acceptableTo(
  { scope, service }: BatchRequest,
  { database, keyring }: Pick<Acceptance, 'database' | 'keyring'>,
  isRestricted: boolean,
): (recipient: string) => Promise<boolean> {
  if (!isRestricted) return () => Promise.resolve(true);
  return (recipient) =>
    database.transact(scope, (tx) => isOfTeamOrGuest(tx, keyring, { serviceId: service.serviceId, recipient }));
}

function sizeOf(row: BatchRow): number {
  return JSON.stringify(row.personalisation).length;
}

async function forget(tx: Tx, batchId: string): Promise<void> {
  await notifyTables(tx)
    .deleteFrom('batches')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', batchId)
    .where('state', '=', 'receiving')
    .execute();
}

/** @throws Problem not-found where a template is not there to be sent in a batch. */
export async function findBatchTemplate(service: KnownService, templateId: string): Promise<TemplateVersion> {
  const template = await service.template(templateId);
  if (template === null || template.archived) throw new Problem('not-found', { message: 'Template not found' });
  return template;
}
