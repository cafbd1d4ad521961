import type { Highs } from 'highs';
import type { Plan, Problem } from '../problem/problem.ts';
import { searchBranches } from './branching.ts';
import type { Draft } from './draft.ts';
import { isBetter, planGreedily } from './greedy.ts';
import { loadHighs } from './highs.ts';
import { createLeanModel } from './model.ts';
import { draftOf, outlineOf, type Outline } from './outline.ts';
import { polish } from './polish.ts';
import { createRearrangement, usualGain, type Rearrangement } from './rearrange.ts';
import { startRearranging } from './rearranging.ts';
import { improve } from './repair.ts';

/** When to be content. */
export interface Aim {
  /** As a share: 0.01 ends when the plan is proven to be within 1% of the best. */
  readonly gap: number;
  readonly seconds: number;
}

/** How far solving has come. Money in minor units. */
export interface Progress {
  readonly seconds: number;
  /** The value of the best plan known, or null where there is none yet. */
  readonly value: number | null;
  /** No plan is worth more. Null while nothing is proven. */
  readonly bound: number | null;
  /** How far the plan may be from the best, as a share of the plan's value; null while that is not known. */
  readonly gap: number | null;
}

/** Told how far it has come, and how to get the best plan known. */
export type Report = (progress: Progress, best: () => Outline) => void;

/**
 * What an earlier search for a plan of the same problem had come to when it was broken off. Its bound is not among it: another
 * version of the program may have proven it, and it is soon proven anew.
 */
export interface Beginning {
  readonly best: Outline;
  /** How long it had looked; counted as time used. */
  readonly seconds: number;
}

export interface Solution {
  /** Null where there is no plan, or none was found in time. */
  readonly plan: Plan | null;
  readonly greedy: { readonly value: number | null; readonly seconds: number };
  readonly progress: Progress;
  /** `proven`: within the gap asked for; `impossible`: there is no plan, and that is proven. */
  readonly ended: 'proven' | 'time' | 'stopped' | 'impossible';
}

/** However long was looked before, there are so many seconds to prove something again. */
const leastSeconds = 10;

/** Models of up to so many columns are given to the solver whole. */
const wholeColumns = 9000;

/** So many turns, a second's work, are taken even where it is stopped at once, unless there is a plan before. */
const firstTurns = 3;

/** Where the bound hardly comes down, this thread rearranges plans for so many times as long as it proves. */
const helpShare = 2;

/** A bound that comes down by less, as a share, hardly comes down. */
const leastStep = 1e-4;

/**
 * Solves a problem: a greedy plan at once; then this thread proves how good a plan can be, while a second one rearranges plans
 * at the prices that it finds. What is small, is solved as one mixed-integer programme. Blocks its thread.
 *
 * @param report called now and then; the plan may be asked for.
 * @param isStopped asked now and then: true ends it with the best plan known.
 * @param beginning from where it goes on.
 */
export async function solveHere(
  problem: Problem,
  aim: Aim,
  report: Report = () => undefined,
  isStopped: () => boolean = () => false,
  beginning?: Beginning,
): Promise<Solution> {
  const begun = performance.now();
  const before = beginning?.seconds ?? 0;
  const mostSeconds = Math.max(aim.seconds, before + Math.min(leastSeconds, aim.seconds));
  const seconds = (): number => before + (performance.now() - begun) / 1000;
  const model = createLeanModel(problem);
  const first = planGreedily(model);
  const greedy = { value: valueOf(first), seconds: seconds() - before };
  let proven = Infinity;
  let best = first;
  if (beginning !== undefined) {
    const found = draftOf(model, beginning.best);
    if (isBetter(found, best)) best = found;
  }
  const progress = (): Progress => {
    const value = valueOf(best);
    const bound = Number.isFinite(proven) ? Math.max(proven, value ?? -Infinity) : null;
    const gap = value === null || bound === null ? null : gapOf(value, bound);
    return { seconds: seconds(), value, bound, gap };
  };
  const finish = (ended: Solution['ended']): Solution => ({
    plan: valueOf(best) === null ? null : best.toPlan(),
    greedy,
    progress: progress(),
    ended,
  });
  const isDone = (): Solution['ended'] | undefined => {
    const { gap } = progress();
    if (gap !== null && gap <= aim.gap) return 'proven';
    if (proven === -Infinity && valueOf(best) === null) return 'impossible';
    if (isStopped()) return 'stopped';
    return seconds() >= mostSeconds ? 'time' : undefined;
  };
  const tell = (): void => report(progress(), () => outlineOf(best));
  tell();

  const improved = first.copy();
  improve(improved);
  if (isBetter(improved, best)) best = improved;
  const search = searchBranches(model, best);
  const take = (): void => {
    if (isBetter(search.best(), best)) best = search.best();
    proven = Math.min(proven, search.bound());
    tell();
  };
  const isWhole = model.columns.length <= wholeColumns;
  const rearranging = isWhole ? undefined : startRearranging(model);
  const spent = { proving: 0, helping: 0 };
  let helper: Rearrangement | undefined;
  let helped = 0;
  /** For how many turns the bound has hardly come down. */
  let still = 0;
  let highs: Highs | undefined;
  for (let turn = 0; ; turn += 1) {
    const done = isDone();
    // Who stops it wants a plan to keep: where the greedy one has no place for all, the first turns find it.
    const isTooEarly = done === 'stopped' && turn < firstTurns && valueOf(best) === null;
    if (done !== undefined && !isTooEarly) {
      const last = rearranging?.end();
      if (last !== undefined) search.offer(last);
      take();
      return finish(done);
    }
    const bound = proven;
    const from = seconds();
    search.step();
    take();
    still = bound - proven > Math.abs(proven) * leastStep ? 0 : still + 1;
    spent.proving += seconds() - from;
    if (turn === 3 || turn % 8 === 7) rearranging?.tell(best, search.atBest().limitPrices);
    if (rearranging !== undefined && still >= 6 && spent.helping <= helpShare * spent.proving && isDone() === undefined)
      help();
    const found = rearranging?.ask();
    if (found !== undefined) {
      search.offer(found);
      take();
    }
    if (isWhole && turn >= 3) {
      highs ??= await loadHighs();
      const ended = solveWhole(highs);
      if (ended !== undefined) return finish(ended);
    }
  }

  /** Where little more can be proven, this thread rearranges plans too, otherwise than the second. */
  function help(): void {
    const from = seconds();
    helper ??= createRearrangement(search.atBest(), 2);
    search.atBest();
    helper.learn();
    const isOver = (): boolean => isStopped() || seconds() >= mostSeconds;
    search.offer(helper.run(best, { run: helped, gain: usualGain(model), isOver }));
    helped += 1;
    take();
    spent.helping += seconds() - from;
  }

  /** What is left of the model when columns that cannot be in a better plan are left out, as one programme. */
  function solveWhole(solver: Highs): Solution['ended'] | undefined {
    const { taken } = search.regrets();
    const least = valueOf(best) ?? -Infinity;
    const result = polish(solver, model, best, {
      free: model.columnsOf.map((_, part) => part),
      openings: true,
      isGood: (column) => (taken[column.index] ?? Infinity) >= least || best.chosen[column.part] === column,
      ending: { seconds: mostSeconds - seconds(), gap: aim.gap / 2, isStopped },
    });
    if (isBetter(result.draft, best)) best = result.draft;
    search.offer(best);
    if (result.state === 'impossible' && valueOf(best) === null) {
      proven = -Infinity;
      return 'impossible';
    }
    if (result.state !== 'impossible') proven = Math.min(proven, Math.max(result.bound, valueOf(best) ?? -Infinity));
    tell();
    return isDone() ?? 'proven';
  }
}

function valueOf(draft: Draft): number | null {
  return draft.unplaced().length > 0 ? null : draft.value();
}

/** How far a value may be from the best, as a share of what is at stake. */
export function gapOf(value: number, bound: number): number {
  return bound <= value ? 0 : (bound - value) / Math.max(Math.abs(value), 1);
}
