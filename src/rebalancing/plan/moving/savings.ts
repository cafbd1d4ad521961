import { daysOf, quarterOf, readQuarter, type Quarter } from '#measures';
import { newId, oneOf, Problem as Refusal, type Tx } from '#platform';
import { planTables } from '../database.ts';
import { nameOf, recordAction } from './actions.ts';
import { recordSavingsInLedger } from './ledger.ts';
import { lockTransition } from './transitions.ts';

/** Cashable: paid before, and not any more. Avoided: would have been paid, such as for a renewal, and was not. */
export const savingKinds = ['cashable', 'avoided'] as const;
export type SavingKind = (typeof savingKinds)[number];

/** What a transition has saved in a quarter, as it was last stated, in minor units. It counts once it is verified. */
export interface ActualSaving {
  readonly id: string;
  readonly quarter: Quarter;
  readonly kind: SavingKind;
  readonly revision: number;
  readonly amount: number;
  readonly evidence: string;
  readonly reason: string | null;
  readonly enteredBy: string;
  readonly verifiedBy: string | null;
  readonly verifiedWith: string | null;
}

/**
 * States what a transition has saved in a quarter. Stated again, it is another revision, with a reason, and must be
 * verified again; what was stated before stays. The same again changes nothing.
 *
 * @throws Problem unprocessable where the quarter has not ended, or nothing shows it; conflict before the move began
 */
export async function stateSaving(
  tx: Tx,
  transitionId: string,
  values: Pick<ActualSaving, 'quarter' | 'kind' | 'amount' | 'evidence' | 'reason'> & { readonly today: string },
): Promise<void> {
  const { quarter, kind, amount, evidence, today } = values;
  if (daysOf(quarter).to >= today) {
    throw new Refusal('unprocessable', {
      message: `The quarter ends on ${daysOf(quarter).to}. State what was saved in it when it is over.`,
    });
  }
  if (!Number.isSafeInteger(amount)) throw new Refusal('unprocessable', { message: 'Give an amount, such as 12500.' });
  if (evidence.trim() === '') {
    throw new Refusal('unprocessable', {
      message: 'Say what shows the saving: invoices that stopped, a contract that ended.',
    });
  }
  const { begunOn } = await lockTransition(tx, transitionId);
  if (begunOn === null || quarter < quarterOf(begunOn)) {
    throw new Refusal('conflict', { message: 'Nothing can be saved before the move began.' });
  }
  const latest = (await listSavings(tx, transitionId)).find((each) => each.quarter === quarter && each.kind === kind);
  if (latest?.amount === amount && latest.evidence === evidence) return;
  const reason = values.reason?.trim() ?? '';
  if (latest !== undefined && reason === '') {
    throw new Refusal('unprocessable', {
      message: 'A saving of this kind was stated for the quarter. Say why it is another now: both stay to be seen.',
    });
  }
  await planTables(tx)
    .insertInto('savings')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      transition_id: transitionId,
      quarter,
      kind,
      revision: (latest?.revision ?? 0) + 1,
      amount,
      evidence,
      reason: latest === undefined ? null : reason,
      entered_by: nameOf(tx),
    })
    .execute();
  await recordAction(tx, {
    transitionId,
    what: `${latest === undefined ? 'A saving was stated' : 'A saving was corrected'} for ${quarter} (${kind}), not yet verified`,
    on: today,
    evidence: latest === undefined ? evidence : `${reason} ${evidence}`,
  });
}

/**
 * Verifies the newest statement of a saving, and has the ledger of savings told of it.
 *
 * @throws Problem conflict where it was verified, or a newer statement took its place; not-permitted for who stated it
 */
export async function verifySaving(
  tx: Tx,
  transitionId: string,
  { savingId, evidence, today }: { readonly savingId: string; readonly evidence: string; readonly today: string },
): Promise<void> {
  if (evidence.trim() === '') {
    throw new Refusal('unprocessable', {
      message: 'Say what you looked at, such as the ledger of payments by its date.',
    });
  }
  const transition = await lockTransition(tx, transitionId);
  const saving = (await listSavings(tx, transitionId)).find(({ id }) => id === savingId);
  if (saving === undefined) {
    throw new Refusal('conflict', { message: 'This saving was stated anew meanwhile. Look at what is stated now.' });
  }
  if (saving.verifiedBy !== null) {
    throw new Refusal('conflict', { message: `It was verified by ${saving.verifiedBy} already.` });
  }
  if (saving.enteredBy === nameOf(tx)) {
    throw new Refusal('not-permitted', {
      title: 'Somebody else has to verify it',
      message: 'You stated this saving yourself. Ask a colleague to look at its evidence and verify it.',
    });
  }
  await planTables(tx)
    .insertInto('verifications')
    .values({ organisation_id: tx.organisationId, saving_id: savingId, evidence, verified_by: nameOf(tx) })
    .execute();
  await recordAction(tx, {
    transitionId,
    what: `The saving of ${saving.quarter} (${saving.kind}) was verified`,
    on: today,
    evidence,
  });
  await recordSavingsInLedger(tx, transition, saving.quarter, await listSavings(tx, transitionId));
}

/** What was last stated for each quarter and kind, the earliest quarter first. */
export async function listSavings(tx: Tx, transitionId: string): Promise<ActualSaving[]> {
  const rows = await planTables(tx)
    .selectFrom('savings as s')
    .leftJoin('verifications as v', (join) =>
      join.onRef('v.organisation_id', '=', 's.organisation_id').onRef('v.saving_id', '=', 's.id'),
    )
    .selectAll('s')
    .select(['v.verified_by', 'v.evidence as verified_with'])
    .distinctOn(['s.quarter', 's.kind'])
    .where('s.organisation_id', '=', tx.organisationId)
    .where('s.transition_id', '=', transitionId)
    .orderBy('s.quarter')
    .orderBy('s.kind')
    .orderBy('s.revision', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    quarter: readQuarter(row.quarter),
    kind: oneOf(savingKinds, row.kind),
    revision: row.revision,
    amount: row.amount,
    evidence: row.evidence,
    reason: row.reason,
    enteredBy: row.entered_by,
    verifiedBy: row.verified_by,
    verifiedWith: row.verified_with,
  }));
}
