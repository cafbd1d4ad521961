import { newId, recordAudit, type Tx } from '#platform';
import { planTables } from '../database.ts';

/** One thing that was done in a transition. */
export interface Action {
  readonly id: string;
  /** In words: `Notice was given`. */
  readonly what: string;
  readonly on: string;
  /** What shows it: a letter's reference, who said so, where it is kept. */
  readonly evidence: string;
  readonly by: string;
  readonly at: string;
}

/** Writes down what was done in a transition, in the transaction that does it. Nothing of it is ever changed. */
export async function recordAction(
  tx: Tx,
  action: { readonly transitionId: string } & Pick<Action, 'what' | 'on' | 'evidence'>,
): Promise<void> {
  await planTables(tx)
    .insertInto('actions')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      transition_id: action.transitionId,
      what: action.what,
      happened_on: action.on,
      evidence: action.evidence,
      done_by: nameOf(tx),
    })
    .execute();
  await recordAudit(tx, {
    action: 'plan.transition-changed',
    subject: { kind: 'transition', id: action.transitionId, name: action.what },
  });
}

/** What was done in a transition, the newest first. */
export async function listActions(tx: Tx, transitionId: string, most = 200): Promise<Action[]> {
  const rows = await planTables(tx)
    .selectFrom('actions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    what: row.what,
    on: row.happened_on,
    evidence: row.evidence,
    by: row.done_by,
    at: row.done_at,
  }));
}

/** The name of whoever acts in a transaction. */
export function nameOf(tx: Tx): string {
  return tx.actor.kind === 'applicant' ? 'an applicant' : tx.actor.name;
}
