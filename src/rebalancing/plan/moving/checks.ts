import { Problem as Refusal, type Tx } from '#platform';
import { planTables } from '../database.ts';
import { nameOf, recordAction } from './actions.ts';
import { checkDeed, type Deed } from './deed.ts';
import { lockTransition, type Transition } from './transitions.ts';

/** A thing to do in a transition. */
export interface Check {
  readonly ordinal: number;
  readonly what: string;
  readonly settled: 'done' | 'not needed' | null;
  readonly settledBy: string | null;
}

/** What every move has to do; what only some have is added where it applies. */
const usual = [
  'Users and those who help them were told what changes and when',
  'Data was copied, and a sample of it compared with the old part',
  'The way back was tried, or it was agreed that there is none',
  'What depends on it was pointed at the new one',
  'Access to the old part was taken away',
  'Data on the old part was erased or archived, with a certificate',
] as const;
const underContract = [
  'Notice of the old contract was given, or it ends without notice',
  'The old supplier handed over what the contract says',
  'The last invoice of the old contract was checked',
] as const;

/** Gives a transition the usual checklist. */
export async function addChecks(tx: Tx, { id, contractId }: Transition): Promise<void> {
  const list = [...usual, ...(contractId === null ? [] : underContract)];
  await planTables(tx)
    .insertInto('checks')
    .values(
      list.map((what, index) => ({
        organisation_id: tx.organisationId,
        transition_id: id,
        ordinal: index + 1,
        what,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Adds a check of a transition's own after those that are there. @throws Problem unprocessable, conflict */
export async function addCheck(tx: Tx, transitionId: string, what: string): Promise<void> {
  const text = what.trim();
  if (text === '') throw new Refusal('unprocessable', { message: 'Say what has to be done.' });
  const { state } = await lockTransition(tx, transitionId);
  if (state !== 'under way')
    throw new Refusal('conflict', { message: 'Begin the move first: it then has a checklist.' });
  const checks = await listChecks(tx, transitionId);
  if (checks.length >= 200) throw new Refusal('conflict', { message: 'A checklist has 200 lines at most.' });
  await planTables(tx)
    .insertInto('checks')
    .values({
      organisation_id: tx.organisationId,
      transition_id: transitionId,
      ordinal: (checks.at(-1)?.ordinal ?? 0) + 1,
      what: text,
    })
    .execute();
}

/** Settles a check: it was done, or is not needed. @throws Problem conflict where it is settled */
export async function settleCheck(
  tx: Tx,
  transitionId: string,
  { ordinal, as, ...deed }: Deed & { readonly ordinal: number; readonly as: 'done' | 'not needed' },
): Promise<void> {
  checkDeed(deed);
  await lockTransition(tx, transitionId);
  const settled = await planTables(tx)
    .updateTable('checks')
    .set({ settled: as, settled_by: nameOf(tx), settled_at: new Date().toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .where('ordinal', '=', ordinal)
    .where('settled', 'is', null)
    .returning('what')
    .executeTakeFirst();
  if (settled === undefined)
    throw new Refusal('conflict', { message: 'This check is settled already, or is not there.' });
  await recordAction(tx, {
    transitionId,
    what: as === 'done' ? `Done: ${settled.what}` : `Not needed: ${settled.what}`,
    on: deed.on,
    evidence: deed.evidence,
  });
}

/** The checklist of a transition; empty until it begins. */
export async function listChecks(tx: Tx, transitionId: string): Promise<Check[]> {
  const rows = await planTables(tx)
    .selectFrom('checks')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .orderBy('ordinal')
    .execute();
  return rows.map((row) => ({
    ordinal: row.ordinal,
    what: row.what,
    settled: row.settled === 'done' || row.settled === 'not needed' ? row.settled : null,
    settledBy: row.settled_by,
  }));
}
