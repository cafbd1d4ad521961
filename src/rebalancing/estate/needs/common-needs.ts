import type { System } from '../systems/systems.ts';
import type { Need } from './needs.ts';
import { costOnTarget, type Target } from './targets.ts';

/** Somebody who meets a need, with which part of which system, at what cost a year, and at what cost on the common way. */
export interface Meets {
  readonly system: System;
  readonly partKinds: readonly string[];
  readonly cost: number;
  /** On the best target that has costs; null where the need has none. */
  readonly commonCost: number | null;
}

/** A need with who meets it, and what there is to save a year if all of them met it in the best common way. */
export interface CommonNeed {
  readonly need: Need;
  readonly target: Target | null;
  readonly meets: readonly Meets[];
  readonly departments: number;
  readonly cost: number;
  readonly commonCost: number | null;
  /** Of those for whom the common way is cheaper; the others are taken to stay. Null where no target has costs. */
  readonly saving: number | null;
}

/**
 * Who meets each need, with what, at what cost, and what it would cost on the common way: ranked by what there is to save,
 * then by how many departments meet it each for themselves.
 *
 * The common way is the target with the lowest cost a year for all who meet the need together. Costs of opening and moving
 * are not in it: whether a move pays in time is the plan's question.
 */
export function findCommonNeeds(
  systems: readonly System[],
  needs: readonly Need[],
  targets: readonly Target[],
): CommonNeed[] {
  const targetsOf = Map.groupBy(targets, (target) => target.needKey);
  const users = new Map<string, { system: System; parts: System['parts'] }[]>();
  for (const system of systems) {
    if (system.lifecycle === 'retired') continue;
    for (const [key, parts] of Map.groupBy(
      system.parts.filter((part) => part.needKey !== null),
      (part) => part.needKey ?? '',
    )) {
      const list = users.get(key) ?? [];
      list.push({ system, parts });
      users.set(key, list);
    }
  }
  const found = needs.map((need): CommonNeed => {
    const using = (users.get(need.key) ?? []).map(({ system, parts }) => ({
      system,
      parts,
      cost: parts.reduce((sum, part) => sum + part.yearlyCost, 0),
      // What has moved meets the need in a common way already, at what that costs.
      hasMoved: parts.every((part) => part.movedOn !== null),
    }));
    const priced = (targetsOf.get(need.key) ?? []).map((target) => ({
      target,
      costs: using.map(({ system, cost, hasMoved }) =>
        hasMoved
          ? cost
          : costOnTarget(target, {
              users: system.users,
              yearlyTransactions: system.yearlyTransactions,
              yearlyCost: cost,
            }),
      ),
    }));
    const total = (costs: readonly number[]): number => costs.reduce((sum, cost) => sum + cost, 0);
    const best = priced.toSorted((one, other) => total(one.costs) - total(other.costs))[0];
    const meets = using.map(({ system, parts, cost }, index): Meets => ({
      system,
      partKinds: parts.map((part) => part.kind),
      cost,
      commonCost: best?.costs[index] ?? null,
    }));
    return {
      need,
      target: best?.target ?? null,
      meets: meets.toSorted((one, other) => other.cost - one.cost),
      departments: new Set(meets.map(({ system }) => system.departmentId)).size,
      cost: meets.reduce((sum, each) => sum + each.cost, 0),
      commonCost: best === undefined ? null : total(meets.map((each) => each.commonCost ?? each.cost)),
      saving:
        best === undefined
          ? null
          : meets.reduce((sum, each) => sum + Math.max(0, each.cost - (each.commonCost ?? each.cost)), 0),
    };
  });
  return found.toSorted(
    (one, other) =>
      (other.saving ?? 0) - (one.saving ?? 0) || other.departments - one.departments || other.cost - one.cost,
  );
}
