/**
 * Planning made-up estates of 300, 1,000 and 3,000 systems over 20 quarters: how long until the plan is proven to be within
 * 1% of the best, and how near it is after 60 seconds, beside the greedy plan, which proves nothing. Each problem is solved
 * in a process of its own, whose memory is its own; an independent checker goes through every plan.
 *
 *   npm run bench -- plan                 (PLAN_BENCH="300:1 3000:2" chooses systems and seeds)
 */
import { fork } from 'node:child_process';
import { makeProblem } from '../demo/estate/problem.ts';
import { checkPlan, solveInThread, type Progress, type Solution } from '#plan';
import { describeMachine, memoryOf, processorTimeOf } from './support/measure.ts';

const seconds = 60;
/** The gaps whose times are told, as shares. */
const gaps = [0.1, 0.05, 0.02, 0.01];

interface Outcome {
  readonly parts: number;
  readonly greedy: number | null;
  readonly greedySeconds: number;
  readonly value: number | null;
  /** `impossible`: that there is no plan is proven. */
  readonly ended: Solution['ended'];
  readonly gap: number | null;
  readonly reached: readonly (number | null)[];
  /** Processor time used, all threads together, in seconds: less than the time that passed where others use the cores. */
  readonly processorSeconds: number;
  readonly megabytes: number;
  readonly faults: readonly string[];
}

const [mode, systems = '', seed = ''] = process.argv.slice(2);
if (mode === 'solve') {
  process.send?.(await measure(Number(systems), Number(seed)));
  process.disconnect();
} else await compare();

async function compare(): Promise<void> {
  console.log(describeMachine());
  const wanted = process.env['PLAN_BENCH'] ?? '300:1 300:2 300:3 1000:1 1000:2 1000:3 3000:1 3000:2 3000:3';
  console.log('systems  seed  parts  greedy   value   gap after 60 s   10%    5%    2%    1%   processor  memory');
  for (const each of wanted.split(/\s+/)) {
    const [count = '', number = ''] = each.split(':');
    const outcome = await inProcess(count, number);
    const { value } = outcome;
    if (value === null) {
      const said =
        outcome.ended === 'impossible' ? 'There is no plan, and that is proven.' : 'No plan was found in time.';
      console.log(
        `${count.padStart(7)}  ${number.padStart(4)}  ${String(outcome.parts).padStart(5)}  ${said}  ${outcome.megabytes} MB`,
      );
      continue;
    }
    const better = outcome.greedy === null ? 'no plan' : `${((outcome.greedy / value) * 100).toFixed(0)}%`;
    console.log(
      `${count.padStart(7)}  ${number.padStart(4)}  ${String(outcome.parts).padStart(5)}  ${better.padStart(6)}` +
        `  ${(value / 1e8).toFixed(1).padStart(6)}  ${outcome.gap === null ? 'unproven' : `${(outcome.gap * 100).toFixed(2)}%`.padStart(15)}` +
        outcome.reached.map((time) => (time === null ? '     -' : `${time.toFixed(1)}s`.padStart(6))).join('') +
        `  ${`${outcome.processorSeconds.toFixed(0)}s`.padStart(9)}  ${outcome.megabytes} MB`,
    );
    if (outcome.faults.length > 0) throw new Error(`The checker refuses the plan: ${outcome.faults[0]}`);
  }
}

function inProcess(count: string, number: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ['solve', count, number], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let outcome: Outcome | undefined;
    child.on('message', (message: Outcome) => (outcome = message));
    child.on('exit', (code) =>
      outcome === undefined ? reject(new Error(`Solving ended with ${code}.`)) : resolve(outcome),
    );
  });
}

async function measure(count: number, number: number): Promise<Outcome> {
  const problem = makeProblem({ seed: number, systems: count });
  const reached: (number | null)[] = gaps.map(() => null);
  const note = ({ gap, seconds: at }: Progress): void => {
    gaps.forEach((wanted, index) => {
      if (gap !== null && gap <= wanted) reached[index] ??= at;
    });
  };
  const { plan, greedy, progress, ended } = await solveInThread(problem, { gap: 0.001, seconds }, note).solution;
  note(progress);
  return {
    parts: problem.parts.length,
    greedy: greedy.value,
    greedySeconds: greedy.seconds,
    value: plan?.value ?? null,
    ended,
    gap: progress.gap,
    reached,
    processorSeconds: processorTimeOf(process.pid) / 1e6,
    megabytes: Math.round(memoryOf(process.pid).most),
    faults: plan === null ? [] : checkPlan(problem, plan).faults,
  };
}
