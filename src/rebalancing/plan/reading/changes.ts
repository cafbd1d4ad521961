import { dayOfQuarter } from '../problem/months.ts';
import type { Move, Plan, Problem, SystemPart } from '../problem/problem.ts';

/** A plan with the problem that it answers. */
export interface Answered {
  readonly problem: Problem;
  readonly plan: Plan;
}

/** What a plan does with a part otherwise than another plan did, and why. Days are ISO dates, money minor units. */
export interface PlanChange {
  readonly partId: string;
  readonly name: string;
  readonly kind: 'earlier' | 'later' | 'elsewhere' | 'new' | 'dropped';
  readonly before: { readonly begins: string; readonly target: string; readonly worth: number } | null;
  readonly after: { readonly begins: string; readonly target: string; readonly worth: number } | null;
  /** What of the part, its contract, its targets or its limits is another now; empty where only the rest of the plan is. */
  readonly because: readonly string[];
}

/** What a new plan changes against the one before, the dearest change first. */
export function comparePlans(before: Answered, after: Answered): PlanChange[] {
  const [old, now] = [movesOf(before), movesOf(after)];
  const ids = new Set([...old.keys(), ...now.keys()]);
  const partsBefore = new Map(before.problem.parts.map((part) => [part.id, part]));
  const partsAfter = new Map(after.problem.parts.map((part) => [part.id, part]));
  const changes: PlanChange[] = [];
  for (const partId of ids) {
    const [was, is] = [old.get(partId) ?? null, now.get(partId) ?? null];
    const kind = kindOf(was, is);
    if (kind === undefined) continue;
    const [partWas, partIs] = [partsBefore.get(partId), partsAfter.get(partId)];
    changes.push({
      partId,
      name: partIs?.name ?? partWas?.name ?? partId,
      kind,
      before: was,
      after: is,
      because: [
        ...differences(partWas, partIs),
        ...after.problem.fixed.filter((each) => each.partId === partId).map(({ because }) => because),
        ...limitsChanged(before.problem, after.problem, partIs ?? partWas, [was, is]),
      ],
    });
  }
  const weight = (change: PlanChange): number => Math.abs((change.after?.worth ?? 0) - (change.before?.worth ?? 0));
  return changes.toSorted((one, other) => weight(other) - weight(one));
}

type Placed = NonNullable<PlanChange['before']>;

function movesOf({ problem, plan }: Answered): Map<string, Placed> {
  const parts = new Map(problem.parts.map((part) => [part.id, part]));
  const targets = new Map(problem.targets.map(({ id, name }) => [id, name]));
  const placed = (move: Move): Placed => {
    const way = parts.get(move.partId)?.ways.find(({ id }) => id === move.wayId);
    return {
      begins: dayOfQuarter(problem.startsOn, move.startQuarter),
      target: targets.get(way?.targetId ?? '') ?? 'a target that is gone',
      worth: move.value,
    };
  };
  return new Map(plan.moves.map((move) => [move.partId, placed(move)]));
}

function kindOf(was: Placed | null, is: Placed | null): PlanChange['kind'] | undefined {
  if (was === null || is === null) return was === is ? undefined : was === null ? 'new' : 'dropped';
  if (was.target !== is.target) return 'elsewhere';
  if (was.begins === is.begins) return undefined;
  return is.begins < was.begins ? 'earlier' : 'later';
}

/** What is known otherwise of a part now. */
function differences(was: SystemPart | undefined, is: SystemPart | undefined): string[] {
  if (is === undefined) return ['It is not in the estate any more.'];
  if (was === undefined) return ['It is new in the estate.'];
  const said: string[] = [];
  const costs = (part: SystemPart): number => part.annualCost + (part.contract?.annualCost ?? 0);
  if (Math.abs(costs(is) - costs(was)) > costs(was) * 0.005) {
    said.push(costs(is) > costs(was) ? 'It costs more than it did.' : 'It costs less than it did.');
  }
  if (was.contract !== null && is.contract !== null) {
    if (was.contract.endsOn !== is.contract.endsOn) {
      said.push(`Its contract ends on ${is.contract.endsOn}, not on ${was.contract.endsOn}.`);
    }
    if (was.contract.extensions.length !== is.contract.extensions.length)
      said.push('Its options to extend are others.');
    if (was.contract.noticeMonths !== is.contract.noticeMonths) said.push('Its notice period is another.');
  } else if (was.contract !== is.contract) {
    said.push(is.contract === null ? 'No contract binds it any more.' : 'A contract is known for it now.');
  }
  const wayIds = (part: SystemPart): string =>
    part.ways
      .map(({ id }) => id)
      .toSorted()
      .join(' ');
  if (wayIds(was) !== wayIds(is)) {
    said.push(is.ways.length === 0 ? 'There is no target for it any more.' : 'Its possible targets are others.');
  } else {
    const dearer = is.ways.filter(({ id, annualCost, movingCost }) => {
      const old = was.ways.find((way) => way.id === id);
      return old !== undefined && (old.annualCost !== annualCost || old.movingCost !== movingCost);
    });
    if (dearer.length > 0) said.push('What its target costs is estimated otherwise.');
  }
  return said;
}

/** What limits the part's department and targets otherwise. */
function limitsChanged(
  was: Problem,
  is: Problem,
  part: SystemPart | undefined,
  placed: readonly (Placed | null)[],
): string[] {
  const said: string[] = [];
  const total = (weeks: readonly number[] | null | undefined): number | undefined =>
    weeks === null || weeks === undefined ? undefined : (weeks[0] ?? 0);
  const department = is.departments.find(({ id }) => id === part?.departmentId);
  const before = was.departments.find(({ id }) => id === part?.departmentId);
  if (department !== undefined && before !== undefined && total(department.capacity) !== total(before.capacity)) {
    said.push(`${department.name} has ${total(department.capacity)} weeks a quarter, not ${total(before.capacity)}.`);
  }
  for (const name of new Set(placed.flatMap((each) => (each === null ? [] : [each.target])))) {
    const [old, now] = [was, is].map(({ targets }) => targets.find((target) => target.name === name));
    if (now === undefined) said.push(`${name} is not offered any more.`);
    if (old === undefined || now === undefined) continue;
    if (old.opening?.earliest !== now.opening?.earliest || (old.opening === null) !== (now.opening === null)) {
      said.push(`${name} opens at another time.`);
    }
    if (total(old.teamCapacity) !== total(now.teamCapacity)) said.push(`The team of ${name} has other weeks.`);
  }
  if (was.quarters !== is.quarters) said.push(`The plan has ${is.quarters} quarters, not ${was.quarters}.`);
  return said;
}
