import { writeCsv } from '#platform';
import { digitsOf } from '../currency.ts';
import { dayOfQuarter } from '../problem/months.ts';
import type { Plan, Problem } from '../problem/problem.ts';
import { listApprovals, type ApprovalToAsk } from '../reading/approvals.ts';
import { decideByOf } from '../reading/reasons.ts';

/** A move of a plan, as it is shown, written and printed. Money in minor units. */
export interface MoveRow {
  readonly partId: string;
  readonly name: string;
  readonly department: string;
  readonly need: string;
  readonly target: string;
  readonly begins: string;
  readonly ends: string;
  readonly startQuarter: number;
  readonly quarters: number;
  readonly decideBy: string | null;
  readonly movingCost: number;
  readonly value: number;
  /** The approval that the move needs; null where it needs none. */
  readonly approval: ApprovalToAsk | null;
}

/** The moves of a plan in the order in which they begin. */
export function tabulatePlan(problem: Problem, plan: Plan): MoveRow[] {
  const parts = new Map(problem.parts.map((part) => [part.id, part]));
  const targets = new Map(problem.targets.map(({ id, name }) => [id, name]));
  const approvals = new Map(
    listApprovals(problem, plan).flatMap((each) => (each.action === 'move' ? [[each.partId, each] as const] : [])),
  );
  const departments = new Map(problem.departments.map(({ id, name }) => [id, name]));
  return plan.moves
    .flatMap((move) => {
      const part = parts.get(move.partId);
      const way = part?.ways.find(({ id }) => id === move.wayId);
      if (part === undefined || way === undefined) return [];
      return {
        partId: part.id,
        name: part.name,
        department: departments.get(part.departmentId) ?? '',
        need: part.need,
        target: targets.get(way.targetId) ?? way.targetId,
        begins: dayOfQuarter(problem.startsOn, move.startQuarter),
        ends: dayOfQuarter(problem.startsOn, move.startQuarter + way.quarters),
        startQuarter: move.startQuarter,
        quarters: way.quarters,
        decideBy: decideByOf(problem, move),
        movingCost: way.movingCost + way.exitFee,
        value: move.value,
        approval: approvals.get(part.id) ?? null,
      };
    })
    .toSorted((one, other) => one.startQuarter - other.startQuarter || other.value - one.value);
}

/** The moves as CSV. */
export function writePlanCsv(rows: readonly MoveRow[], currency: string): string {
  const head = [
    'Part',
    'Department',
    'Need',
    'Moves to',
    'Begins',
    'Switched off on',
    'Decide by',
    `Cost of moving (${currency})`,
    `Worth (${currency}, present value)`,
    'Approval by',
    'Ask for approval by',
  ];
  const digits = digitsOf(currency);
  const amount = (minorUnits: number): string => (minorUnits / 10 ** digits).toFixed(digits);
  const lines = rows.map((row) => [
    row.name,
    row.department,
    row.need,
    row.target,
    row.begins,
    row.ends,
    row.decideBy ?? '',
    amount(row.movingCost),
    amount(row.value),
    row.approval?.by ?? '',
    row.approval?.askBy ?? '',
  ]);
  return writeCsv(head, lines);
}
