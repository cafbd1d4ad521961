import { sql } from 'kysely';
import { listOrganisations } from '#organisations';
import { newId, type Calendar, type Database, type Job, type Keyring, type Scope, type Tx } from '#platform';
import { chargeServices, type Cost, type Rates } from '../costs.ts';
import { notifyTables } from '../database.ts';
import type { BatchedLetter } from '../providers/provider.ts';
import type { OpenProvider, Providers } from '../providers/providers.ts';
import { openLetterPdf, tooLong } from './letters.ts';

interface Dependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly calendar: Calendar;
  readonly providers: Providers;
  readonly rates: Rates;
}

/** How many letters one batch holds at most: more are more batches. */
const mostLetters = 5000;
/** Half past five in the afternoon, as GOV.UK Notify sends letters to be printed; in UTC. */
const schedule = '30 17 * * *';

/** The job that hands the letters of the day over. */
export function batchJobs(dependencies: Dependencies): Job[] {
  return [
    {
      name: 'notify.hand-over-letters',
      schedule,
      run: async (_payload, { log }) => {
        const failed: string[] = [];
        for (const { id: organisationId } of await listOrganisations(dependencies.database)) {
          const scope: Scope = { organisationId, actor: { kind: 'system', name: 'notify.hand-over-letters' } };
          // One organisation's trouble is not another's; the job is tried again for those that are left.
          await handOverLetters(dependencies, scope).catch((error: unknown) => {
            failed.push(organisationId);
            log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'letters could not be handed over');
          });
        }
        if (failed.length > 0)
          throw new Error(`The letters of ${failed.length} organisations could not be handed over.`);
      },
    },
  ];
}

/**
 * Hands over the letters of an organisation that wait: first batches that were settled and not finished, then what has come
 * since. A letter is in one batch for good, and a batch is written once.
 *
 * @returns how many letters a printer has now.
 * @throws ProviderRefusal where the batch could not be written; it is the same batch the next time.
 */
export async function handOverLetters(dependencies: Dependencies, scope: Scope): Promise<number> {
  const { database, providers } = dependencies;
  await Promise.all([providers.refresh({ now: true }), dependencies.rates.refresh()]);
  const [provider] = providers.of('letter');
  let count = 0;
  for (;;) {
    const open = await database.transact(scope, (tx) => findOpenBatch(tx));
    const batchId = open ?? (await database.transact(scope, (tx) => settleBatch(tx, provider?.name ?? null)));
    if (batchId === null || provider === undefined) return count;
    count += await finishBatch(dependencies, scope, provider, batchId);
  }
}

async function findOpenBatch(tx: Tx): Promise<string | null> {
  const row = await notifyTables(tx)
    .selectFrom('letter_batches')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('handed_over_at', 'is', null)
    .orderBy('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Settles which letters go next; null where none waits. Without a printer they are kept, to be read in the outbox. */
async function settleBatch(tx: Tx, provider: string | null): Promise<string | null> {
  const { rows } = await sql<{ message_id: string; key_kind: string | null }>`
    with due as (
      select h.message_id from notify.hand_overs h
       where h.organisation_id = ${tx.organisationId} and h.channel = 'letter' and h.claimed_by is null
         and h.given_up_at is null and h.try_at <= clock_timestamp()
       order by h.try_at limit ${mostLetters} for update skip locked),
    taken as (
      delete from notify.hand_overs h using due
       where h.organisation_id = ${tx.organisationId} and h.message_id = due.message_id returning h.message_id)
    select m.id as message_id, m.key_kind from taken join notify.messages m
        on m.organisation_id = ${tx.organisationId} and m.id = taken.message_id
     where m.status = 'created' and m.erased_at is null`.execute(notifyTables(tx));
  const isTest = (row: { key_kind: string | null }): boolean => row.key_kind === 'test';
  await move(
    tx,
    rows.filter(isTest).map((row) => row.message_id),
    { status: 'delivered', handed_over_at: sql<string>`now()`, delivered_at: sql<string>`now()` },
  );
  const letters = rows.filter((row) => !isTest(row)).map((row) => row.message_id);
  if (letters.length === 0) return null;
  if (provider === null) {
    await move(tx, letters, { status: 'kept' });
    return null;
  }
  const id = newId();
  await notifyTables(tx)
    .insertInto('letter_batches')
    .values({ organisation_id: tx.organisationId, id, provider })
    .execute();
  await sql`insert into notify.letters (organisation_id, message_id, batch_id)
    select ${tx.organisationId}::uuid, m, ${id}::uuid from unnest(${letters}::uuid[]) m
    on conflict (organisation_id, message_id) do update set batch_id = excluded.batch_id`.execute(notifyTables(tx));
  return id;
}

async function finishBatch(
  { database, keyring, calendar, rates }: Dependencies,
  scope: Scope,
  { name, provider, circuit }: OpenProvider,
  batchId: string,
): Promise<number> {
  const batched = await database.transact(scope, (tx) =>
    notifyTables(tx)
      .selectFrom('letters as l')
      .innerJoin('messages as m', (join) =>
        join.onRef('m.organisation_id', '=', 'l.organisation_id').onRef('m.id', '=', 'l.message_id'),
      )
      .select(['m.id', 'm.service_id', 'm.postage'])
      .where('l.organisation_id', '=', tx.organisationId)
      .where('l.batch_id', '=', batchId)
      .orderBy('m.id')
      .execute(),
  );
  const posted: { id: string; serviceId: string | null; cost: Cost }[] = [];
  const refused: { id: string; words: string }[] = [];
  const day = calendar.today();

  /** One letter is in memory at a time. */
  async function* read(): AsyncGenerator<BatchedLetter> {
    for (const { id, service_id: serviceId, postage } of batched) {
      const letter = await database.transact(scope, (tx) => openLetterPdf(tx, keyring, calendar, id));
      const words = letter === null ? 'Its text was erased before it could be printed.' : tooLong(letter);
      if (letter === null || words !== null) {
        refused.push({ id, words: words ?? '' });
        continue;
      }
      const units = Math.ceil(letter.pages / 2);
      posted.push({ id, serviceId, cost: rates.costOf({ channel: 'letter', postage, units, day }) });
      yield { id, pdf: letter.pdf, pages: letter.pages, postage: postage ?? 'second' };
    }
  }

  try {
    await provider.takeBatch?.({
      id: batchId,
      day: await dayOfBatch(database, scope, calendar, batchId),
      letters: read(),
    });
    await circuit.answered();
  } catch (error) {
    await circuit.failed(error instanceof Error ? error.message : 'The batch could not be written.', true);
    throw error;
  }
  // A batch that was written before, and not recorded, was not read now: its letters are all the same.
  if (posted.length === 0 && refused.length === 0) for await (const _ of read());
  await database.transact(scope, async (tx) => {
    const moved = await move(
      tx,
      posted.map(({ id }) => id),
      { status: 'sending', handed_over_at: sql<string>`now()`, provider: name },
    );
    for (const { id, cost } of posted) {
      await notifyTables(tx)
        .updateTable('messages')
        .set({ units: cost.units, cost_micros: cost.micros })
        .where('organisation_id', '=', tx.organisationId)
        .where('id', '=', id)
        .execute();
    }
    await chargeServices(
      tx,
      posted
        .filter(({ id }) => moved.includes(id))
        .map(({ id, serviceId, cost }) => ({ claim: { messageId: id, serviceId, channel: 'letter' }, cost })),
    );
    for (const { id, words } of refused) {
      await move(tx, [id], { status: 'validation-failed', failed_at: sql<string>`now()`, failure: words });
    }
    await notifyTables(tx)
      .updateTable('letter_batches')
      .set({ handed_over_at: sql<string>`now()` })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', batchId)
      .execute();
  });
  return posted.length;
}

/** The day on which a batch was settled: it stands in its name, which must not change by tomorrow. */
async function dayOfBatch(database: Database, scope: Scope, calendar: Calendar, batchId: string): Promise<string> {
  const { made_at: madeAt } = await database.transact(scope, (tx) =>
    notifyTables(tx)
      .selectFrom('letter_batches')
      .select('made_at')
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', batchId)
      .executeTakeFirstOrThrow(),
  );
  return calendar.dayOf(madeAt);
}

async function move(
  tx: Tx,
  ids: readonly string[],
  change: {
    status: string;
    handed_over_at?: ReturnType<typeof sql<string>>;
    delivered_at?: ReturnType<typeof sql<string>>;
    failed_at?: ReturnType<typeof sql<string>>;
    failure?: string;
    provider?: string;
  },
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await notifyTables(tx)
    .updateTable('messages')
    .set({ tried_at: sql<string>`now()`, attempts: 1, ...change })
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .where('status', '=', 'created')
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}
