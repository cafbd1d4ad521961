import { hashToken, isId, newId, newSecret, Problem as Refusal, recordAudit, type Database, type Tx } from '#platform';
import { planTables } from '../database.ts';
import { findPlan, type AdoptedPlan } from './plans.ts';

/** A calendar's secret address: who made it and when, and whether it was withdrawn. The secret itself is not kept. */
export interface Feed {
  readonly id: string;
  readonly madeBy: string;
  readonly madeAt: string;
  readonly withdrawnAt: string | null;
}

/** Makes a secret address of the calendar. @returns its last part, which is shown once. */
export async function makeFeed(tx: Tx, by: string): Promise<string> {
  const secret = newSecret();
  const id = newId();
  await planTables(tx)
    .insertInto('feeds')
    .values({ organisation_id: tx.organisationId, id, token_hash: hashToken(secret), made_by: by })
    .execute();
  await recordAudit(tx, { action: 'plan.feed-made', subject: { kind: 'feed', id, name: 'Calendar of decisions' } });
  return `${tx.organisationId}.${secret}`;
}

export async function listFeeds(tx: Tx): Promise<Feed[]> {
  const rows = await planTables(tx)
    .selectFrom('feeds')
    .select(['id', 'made_by', 'made_at', 'withdrawn_at'])
    .where('organisation_id', '=', tx.organisationId)
    .orderBy('id', 'desc')
    .limit(50)
    .execute();
  return rows.map((row) => ({ id: row.id, madeBy: row.made_by, madeAt: row.made_at, withdrawnAt: row.withdrawn_at }));
}

/** From then on the address gives nothing. */
export async function withdrawFeed(tx: Tx, id: string): Promise<void> {
  await planTables(tx)
    .updateTable('feeds')
    .set({ withdrawn_at: new Date().toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .execute();
  await recordAudit(tx, {
    action: 'plan.feed-withdrawn',
    subject: { kind: 'feed', id, name: 'Calendar of decisions' },
  });
}

/**
 * The newest plan, for whoever has a secret address that is in force.
 *
 * @throws Problem not-found for any other, and where there is no plan.
 */
export async function openFeed(database: Database, token: string): Promise<AdoptedPlan> {
  const [organisationId = '', secret = ''] = token.split('.');
  if (!isId(organisationId) || secret === '') throw new Refusal('not-found');
  const scope = { organisationId, actor: { kind: 'system', name: 'calendar' } } as const;
  const plan = await database.transact(scope, async (tx) => {
    const feed = await planTables(tx)
      .selectFrom('feeds')
      .select('id')
      .where('organisation_id', '=', tx.organisationId)
      .where('token_hash', '=', hashToken(secret))
      .where('withdrawn_at', 'is', null)
      .executeTakeFirst();
    return feed === undefined ? undefined : findPlan(tx, null);
  });
  if (plan === undefined) throw new Refusal('not-found');
  return plan;
}
