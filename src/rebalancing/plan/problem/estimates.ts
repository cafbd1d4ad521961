import type { Way } from './problem.ts';

/**
 * What it takes to move to a target, as it is estimated before anybody has looked at the single part: by shares of what the
 * part costs a year now. Money is minor units.
 */
export interface MoveEstimate {
  readonly targetId: string;
  /** The needs that it meets. */
  readonly needs: readonly string[];
  /** What a part costs a year on the target, as a share of what it costs now, and for each part that moves. */
  readonly costShare: number;
  readonly costEach: number;
  /** What moving costs, as a share of a year's cost, and for each part. */
  readonly movingShare: number;
  readonly movingEach: number;
  /** What the old supplier asks for handing over, as a share of a year's cost. */
  readonly exitShare: number;
  /** What the first quarters cost on top, as shares. */
  readonly rampUp: readonly number[];
  /** Person-weeks a quarter of the department and of the target's team, for a part of a million (in major units) a year. */
  readonly departmentWork: number;
  readonly teamWork: number;
}

/** How long a move takes, by what the part costs a year (minor units): small things are moved in a quarter. */
const durations: readonly { readonly below: number; readonly quarters: number; readonly dualQuarters: number }[] = [
  { below: 25_000_000, quarters: 1, dualQuarters: 0 },
  { below: 100_000_000, quarters: 2, dualQuarters: 1 },
  { below: 400_000_000, quarters: 3, dualQuarters: 1 },
  { below: Infinity, quarters: 4, dualQuarters: 2 },
];

/** The ways in which a part that costs so much a year, in minor units, and meets a need could move, one for each estimate. */
export function waysFor(
  part: { readonly need: string; readonly yearlyCost: number },
  estimates: readonly MoveEstimate[],
): Way[] {
  const { quarters = 1, dualQuarters = 0 } = durations.find(({ below }) => part.yearlyCost < below) ?? {};
  // Work grows more slowly than cost: what is twice as dear is not twice as hard to move.
  const size = Math.sqrt(Math.max(part.yearlyCost, 1_000_000) / 100_000_000);
  return estimates
    .filter(({ needs }) => needs.includes(part.need))
    .map((estimate) => ({
      id: estimate.targetId,
      targetId: estimate.targetId,
      quarters,
      dualQuarters,
      movingCost: Math.round(part.yearlyCost * estimate.movingShare + estimate.movingEach),
      exitFee: Math.round(part.yearlyCost * estimate.exitShare),
      annualCost: Math.round(part.yearlyCost * estimate.costShare + estimate.costEach),
      rampUp: estimate.rampUp,
      departmentWork: toSize(estimate.departmentWork * size),
      teamWork: toSize(estimate.teamWork * size),
    }));
}

/** Person-weeks a quarter of the smallest move: with less than that left, nothing fits into a quarter. */
export const smallestMove = 3;

/**
 * How large a move is, by what the part costs a year in minor units: how long it takes, and the person-weeks a quarter of
 * somebody who does not do most of the work.
 */
export function sizeOfMove(yearlyCost: number): { quarters: number; dualQuarters: number; weeks: number } {
  const { quarters = 1, dualQuarters = 0 } = durations.find(({ below }) => yearlyCost < below) ?? {};
  return { quarters, dualQuarters, weeks: Math.max(smallestMove, toSize(12 * Math.sqrt(yearlyCost / 100_000_000))) };
}

/** The sizes in which work is estimated, in person-weeks a quarter: finer ones would claim to know more than anybody does. */
const sizes = [0, smallestMove, 6, 12, 24, 48, 96];

function toSize(weeks: number): number {
  let nearest = 0;
  for (const size of sizes) if (Math.abs(size - weeks) < Math.abs(nearest - weeks)) nearest = size;
  return nearest;
}
