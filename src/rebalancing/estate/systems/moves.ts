import { isDay, Problem, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import { costOnTarget, listTargets, type Target } from '../needs/targets.ts';
import type { Source } from '../statements.ts';
import { costKinds, type CostKind, type Part } from './parts.ts';
import { getSystem, saveSystem, type Saved, type System } from './systems.ts';

/** That a part of a system runs on a target from a day on. */
export interface Move {
  readonly partId: string;
  readonly targetId: string;
  /** The first day on which it runs there, as an ISO date. */
  readonly on: string;
  /** What it costs a year there by kind, in minor units; left out, what the target's own costs come to for the system. */
  readonly costs?: Readonly<Partial<Record<CostKind, number>>>;
}

/**
 * Says that a part of a system has moved to a target. The part stays the same part, with its history; from that day on its
 * target and its cost are those of the move, and the rest of its system stays as it is. Contracts are not touched: they run
 * until they are ended (`giveNotice`, `endContract`). Saying it again changes nothing.
 *
 * What somebody has said of the part's cost as of a later day than the move stands.
 *
 * @throws Problem not-found where the part or the target is not there; unprocessable where the day is none.
 */
export async function movePart(tx: Tx, move: Move, source: Omit<Source, 'statedOn'>): Promise<Saved> {
  if (!isDay(move.on)) {
    throw new Problem('unprocessable', {
      message: `"${move.on}" is not a day. Give the first day on which it runs there, such as 2026-03-31.`,
    });
  }
  const row = await estateTables(tx)
    .selectFrom('parts')
    .select(['system_id', 'kind'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', move.partId)
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  const system = await getSystem(tx, row.system_id);
  const part = system.parts.find(({ id }) => id === move.partId);
  const target = (await listTargets(tx)).find(({ id }) => id === move.targetId);
  if (part === undefined || target === undefined) throw new Problem('not-found');
  const costs: Partial<Part['costs']> = move.costs ?? costsThere(system, part, target);
  return saveSystem(
    tx,
    {
      id: system.id,
      departmentId: system.departmentId,
      name: system.name,
      parts: [
        {
          kind: part.kind,
          targetId: target.id,
          movedOn: move.on,
          costs: Object.fromEntries(costKinds.map((kind) => [kind, costs[kind] ?? null])),
        },
      ],
    },
    { ...source, statedOn: move.on },
  );
}

/** What a part costs on a target. What is there already costs what it costs: a share of that would shrink it each time. */
function costsThere(system: System, part: Part, target: Target): Partial<Part['costs']> {
  if (part.movedOn !== null && part.targetId === target.id && target.costShareBasisPoints > 0) return part.costs;
  const { users, yearlyTransactions } = system;
  return { services: costOnTarget(target, { users, yearlyTransactions, yearlyCost: part.yearlyCost }) };
}
