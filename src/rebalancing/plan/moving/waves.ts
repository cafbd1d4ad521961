import { isDay, Problem as Refusal, type Tx } from '#platform';
import { planTables } from '../database.ts';
import { recordAction } from './actions.ts';
import { checkDeed, type Deed } from './deed.ts';
import { lockTransition } from './transitions.ts';

/** A group of users that moves at once. */
export interface Wave {
  readonly ordinal: number;
  readonly name: string;
  readonly users: number;
  readonly plannedOn: string | null;
  readonly movedOn: string | null;
}

/** Adds a wave after those that are there. @throws Problem unprocessable; conflict where the move has ended */
export async function addWave(
  tx: Tx,
  transitionId: string,
  wave: Pick<Wave, 'name' | 'users' | 'plannedOn'>,
): Promise<void> {
  const name = wave.name.trim();
  if (name === '') throw new Refusal('unprocessable', { message: 'Give the wave a name, such as “Northern offices”.' });
  if (!Number.isSafeInteger(wave.users) || wave.users < 0 || wave.users > 2_000_000_000) {
    throw new Refusal('unprocessable', { message: 'The users of a wave are a whole number, such as 250.' });
  }
  if (wave.plannedOn !== null && !isDay(wave.plannedOn)) {
    throw new Refusal('unprocessable', { message: `"${wave.plannedOn}" is not a real date. Use one like 2027-03-31.` });
  }
  const { state } = await lockTransition(tx, transitionId);
  if (state !== 'planned' && state !== 'under way') {
    throw new Refusal('conflict', { message: 'The move has ended: no wave can be added to it.' });
  }
  const waves = await listWaves(tx, transitionId);
  if (waves.length >= 200) throw new Refusal('conflict', { message: 'A move has 200 waves at most.' });
  await planTables(tx)
    .insertInto('waves')
    .values({
      organisation_id: tx.organisationId,
      transition_id: transitionId,
      ordinal: (waves.at(-1)?.ordinal ?? 0) + 1,
      name,
      users: wave.users,
      planned_on: wave.plannedOn,
    })
    .execute();
}

/** Records that a wave has moved. @throws Problem conflict where it had, or the move is not under way */
export async function moveWave(tx: Tx, transitionId: string, ordinal: number, deed: Deed): Promise<void> {
  checkDeed(deed);
  const { state } = await lockTransition(tx, transitionId);
  if (state !== 'under way')
    throw new Refusal('conflict', { message: 'A wave moves while its move is under way. Begin the move first.' });
  const moved = await planTables(tx)
    .updateTable('waves')
    .set({ moved_on: deed.on })
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .where('ordinal', '=', ordinal)
    .where('moved_on', 'is', null)
    .returning(['name', 'users'])
    .executeTakeFirst();
  if (moved === undefined) throw new Refusal('conflict', { message: 'This wave has moved already, or is not there.' });
  await recordAction(tx, {
    transitionId,
    what: `${moved.name} moved (${moved.users} users)`,
    on: deed.on,
    evidence: deed.evidence,
  });
}

/** The waves of a transition, in their order. */
export async function listWaves(tx: Tx, transitionId: string): Promise<Wave[]> {
  const rows = await planTables(tx)
    .selectFrom('waves')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .orderBy('ordinal')
    .execute();
  return rows.map((row) => ({
    ordinal: row.ordinal,
    name: row.name,
    users: row.users,
    plannedOn: row.planned_on,
    movedOn: row.moved_on,
  }));
}
