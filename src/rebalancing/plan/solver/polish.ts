import type { Highs, HighsCallbackMap } from 'highs';
import type { Draft } from './draft.ts';
import type { Column, Model } from './model.ts';
import { stateProgramme } from './programme.ts';

/** When to end a programme: at a moment, at a gap (a share), or because somebody asks. */
export interface Ending {
  readonly seconds: number;
  readonly gap: number;
  readonly isStopped: () => boolean;
}

/** What solving a programme came to. */
export interface Polished {
  /** The better plan, or the one that was there. */
  readonly draft: Draft;
  /** In minor units: no plan made of the columns that were considered is worth more. Infinite where nothing was proven. */
  readonly bound: number;
  readonly state: 'solved' | 'impossible' | 'ended';
}

/**
 * Solves the mixed-integer programme of some parts, everything else as it stands in the draft.
 *
 * @param onBetter told of each better plan as it is found.
 */
export function polish(
  highs: Highs,
  model: Model,
  draft: Draft,
  {
    free,
    openings,
    isGood,
    ending,
    onBetter,
  }: {
    readonly free: readonly number[];
    readonly openings: boolean;
    readonly isGood: (column: Column) => boolean;
    readonly ending: Ending;
    readonly onBetter?: (value: number, bound: number) => void;
  },
): Polished {
  const programme = stateProgramme(model, draft, { free, openings, isGood });
  if (programme.data.numCols === 0) {
    const isPossible = draft.unplaced().length === 0;
    return { draft, bound: isPossible ? draft.value() : -Infinity, state: isPossible ? 'solved' : 'impossible' };
  }
  const { callbackType, modelStatus, objectiveSense } = highs.constants;
  return highs.withModel({ ...programme.data, sense: objectiveSense.maximize }, (solver): Polished => {
    solver.options.set({
      output_flag: false,
      time_limit: Math.max(0.05, ending.seconds),
      // Any gap at all may be asked for, and the solver takes no number that is not finite.
      mip_rel_gap: Math.min(ending.gap, 1e6),
      mip_abs_gap: Math.min(1e-6, 0.4 / programme.unit),
      mip_feasibility_tolerance: 1e-7,
      primal_feasibility_tolerance: 1e-9,
    });
    if (draft.unplaced().length === 0) solver.setSolution({ colValue: programme.start() });
    const callbacks: HighsCallbackMap = {
      [callbackType.mipInterrupt]: (event) => {
        if (ending.isStopped()) event.interrupt();
        return undefined;
      },
      [callbackType.mipLogging]: ({ data }) => {
        const { mip_primal_bound: value = -Infinity, mip_dual_bound: bound = Infinity } = data;
        if (Math.abs(value) < 1e20 && Math.abs(bound) < 1e20)
          onBetter?.(value * programme.unit, bound * programme.unit);
        return undefined;
      },
    };
    solver.run(callbacks);
    const status = solver.getModelStatus();
    if (status === modelStatus.infeasible) return { draft, bound: -Infinity, state: 'impossible' };
    const dual = Number(solver.info.get('mip_dual_bound'));
    // The solver's own sums are in floating point: its bound is taken a millionth higher, so that it stays one.
    const bound =
      Number.isFinite(dual) && Math.abs(dual) < 1e20 ? programme.unit * (dual + Math.abs(dual) * 1e-6) : Infinity;
    const state = status === modelStatus.optimal ? 'solved' : 'ended';
    const { colValue } = solver.getSolution();
    const hasSolution = Number(solver.info.get('primal_solution_status')) === highs.constants.solutionStatus.feasible;
    const found = hasSolution ? programme.apply(colValue) : draft;
    return { draft: found.isKept() ? found : draft, bound, state };
  });
}
