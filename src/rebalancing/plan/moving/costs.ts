import { quarterOf } from '#measures';
import { newId, oneOf, Problem as Refusal, type Tx } from '#platform';
import { planTables } from '../database.ts';
import { nameOf, recordAction } from './actions.ts';
import { checkDeed, type Deed } from './deed.ts';
import { recordCostsInLedger } from './ledger.ts';
import { lockTransition } from './transitions.ts';

/** What a move costs besides running what it moves to: the work, running twice, leaving the supplier, the platform. */
export const transitionCostKinds = ['moving', 'dual running', 'exit fee', 'platform charge'] as const;
export type TransitionCostKind = (typeof transitionCostKinds)[number];

/** One amount that a transition has cost, in minor units; below zero it corrects another. */
export interface TransitionCost {
  readonly id: string;
  readonly kind: TransitionCostKind;
  readonly amount: number;
  readonly paidOn: string;
  readonly evidence: string;
  readonly by: string;
}

/**
 * Enters what a transition has cost, and has the ledger of savings told the sum of its quarter.
 *
 * @throws Problem unprocessable for an amount of nothing, a day that has not come, or no evidence; conflict before it began
 */
export async function enterCost(
  tx: Tx,
  transitionId: string,
  { kind, amount, ...deed }: Deed & Pick<TransitionCost, 'kind' | 'amount'>,
): Promise<void> {
  checkDeed(deed);
  if (!Number.isSafeInteger(amount) || amount === 0) {
    throw new Refusal('unprocessable', { message: 'Give an amount, such as 12500. One below zero corrects another.' });
  }
  const transition = await lockTransition(tx, transitionId);
  if (transition.begunOn === null) {
    throw new Refusal('conflict', { message: 'Begin the move first: what it costs is entered from then on.' });
  }
  await planTables(tx)
    .insertInto('costs')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      transition_id: transitionId,
      kind,
      amount,
      paid_on: deed.on,
      evidence: deed.evidence,
      entered_by: nameOf(tx),
    })
    .execute();
  await recordAction(tx, {
    transitionId,
    what: `A cost was entered (${kind})`,
    on: deed.on,
    evidence: deed.evidence,
  });
  await recordCostsInLedger(tx, transition, quarterOf(deed.on), await listCosts(tx, transitionId));
}

/** What a transition has cost, the newest first. */
export async function listCosts(tx: Tx, transitionId: string): Promise<TransitionCost[]> {
  const rows = await planTables(tx)
    .selectFrom('costs')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .orderBy('paid_on', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: oneOf(transitionCostKinds, row.kind),
    amount: row.amount,
    paidOn: row.paid_on,
    evidence: row.evidence,
    by: row.entered_by,
  }));
}
