import { createDiscount } from '../problem/discount.ts';
import type { Move, Plan, Problem } from '../problem/problem.ts';
import { isOpen, pickDelay, pickOutcome, usualRange, type EstimateRange } from '../problem/ranges.ts';
import { stepsFor, valueOptions, type Option } from '../problem/value.ts';

/** What a plan may come to if its estimates are wrong. Money in minor units. */
export interface Uncertainty {
  readonly draws: number;
  /** One in ten outcomes is worth less than `low`, and one in ten more than `high`. */
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** Moves that, if they slip by one quarter, force the old contract to be renewed, extended or bridged. */
  readonly atRisk: readonly Slip[];
}

export interface Slip {
  readonly partId: string;
  /** By how much less the plan is worth then. */
  readonly loss: number;
  readonly action: 'extend' | 'tacit' | 'bridge' | 'renew';
  /** In what share of the draws it slips. */
  readonly chance: number;
}

/**
 * Draws delays and overruns for every move from the range of its estimate, as often as asked, and sums what comes of it: a late
 * move keeps the old part and its contract longer, costs more, and makes those that wait for it late too. Moves are drawn
 * one by one: that all of them are late together, as when a supplier of many fails, is not in it. The same seed gives the
 * same draws.
 */
export function drawOutcomes(problem: Problem, plan: Plan, { draws = 500, seed = 1 } = {}): Uncertainty {
  const options = new Map(valueOptions(problem).map((each) => [each.part.id, each]));
  const random = randomOf(seed);
  const order = inOrder(problem, plan.moves);
  const late = new Map<string, number>();
  const outcomes: number[] = [];
  for (let draw = 0; draw < draws; draw += 1) {
    let value = plan.value;
    const ends = new Map<string, number>();
    for (const { move, option, waitsFor, range, running } of order) {
      const start = Math.max(move.startQuarter, ...waitsFor.map(({ id, lag }) => (ends.get(id) ?? 0) + lag));
      const slip = start - move.startQuarter + pickDelay(range, random());
      ends.set(move.partId, option.end + slip);
      if (slip > 0) late.set(move.partId, (late.get(move.partId) ?? 0) + 1);
      value -= lossOf(options.get(move.partId)?.moves ?? [], option, slip);
      value -= option.way.movingCost * (pickOutcome(range.moving, random()) - 1);
      if (isOpen(range.yearly)) value -= running * (pickOutcome(range.yearly, random()) - 1);
    }
    outcomes.push(value);
  }
  outcomes.sort((one, other) => one - other);
  const at = (share: number): number => Math.round(outcomes[Math.floor(share * (outcomes.length - 1))] ?? plan.value);
  return {
    draws,
    low: at(0.1),
    middle: at(0.5),
    high: at(0.9),
    atRisk: order
      .flatMap(({ move, option }) => {
        const action = forcedAction(problem, move, option);
        if (action === undefined) return [];
        const loss = lossOf(options.get(move.partId)?.moves ?? [], option, 1);
        return [{ partId: move.partId, loss, action, chance: (late.get(move.partId) ?? 0) / draws }];
      })
      .toSorted((one, other) => other.loss - one.loss),
  };
}

/** What ending so many quarters late costs: the same move begun later, or, past the horizon, all that it would have saved. */
function lossOf(moves: readonly Option[], option: Option, slip: number): number {
  if (slip === 0) return 0;
  const later = moves.find(({ way, start }) => way.id === option.way.id && start === option.start + slip);
  return later === undefined ? Math.max(0, option.value) + option.way.movingCost : option.value - later.value;
}

/** What would have to be done with the contract beside what is planned if the move ended a quarter late. */
function forcedAction(problem: Problem, move: Move, option: Option): Slip['action'] | undefined {
  const part = problem.parts.find(({ id }) => id === move.partId);
  if (part === undefined || part.contract === null || option.end + 1 > problem.quarters) return undefined;
  const planned = move.steps.filter(({ months }) => months > 0).length;
  try {
    const steps = stepsFor(problem, part, option.end + 1).filter(({ months }) => months > 0);
    const more = steps.length > planned ? steps.at(-1)?.action : undefined;
    return more === 'lapse' || more === 'terminate' ? undefined : more;
  } catch {
    // No rule lets the contract go on: nothing is forced that could be done.
    return undefined;
  }
}

interface Placed {
  readonly move: Move;
  readonly option: Option;
  readonly waitsFor: readonly { readonly id: string; readonly lag: number }[];
  readonly range: EstimateRange;
  /** What running on the target costs until the horizon, at today's value, in minor units. */
  readonly running: number;
}

/** Moves, each after those that it waits for. */
function inOrder(problem: Problem, moves: readonly Move[]): readonly Placed[] {
  const waits = Map.groupBy(problem.precedence, ({ after }) => after);
  const options = new Map(valueOptions(problem).map((each) => [each.part.id, each.moves]));
  const discount = createDiscount(problem.discountRate);
  return moves
    .toSorted((one, other) => one.startQuarter - other.startQuarter)
    .flatMap((move) => {
      const option = options
        .get(move.partId)
        ?.find(({ way, start }) => way.id === move.wayId && start === move.startQuarter);
      if (option === undefined) return [];
      const waitsFor = (waits.get(move.partId) ?? [])
        .filter(({ ways }) => ways === null || ways.includes(move.wayId))
        .map(({ before, lagQuarters }) => ({ id: before, lag: lagQuarters }));
      const { way, end } = option;
      const running = (way.annualCost / 12) * discount.between((end - way.dualQuarters) * 3, problem.quarters * 3);
      return [{ move, option, waitsFor, range: way.range ?? usualRange, running }];
    });
}

/** mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
