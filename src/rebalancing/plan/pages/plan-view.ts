import { drawBarChart, drawChartKey, formatDate, formatNumber } from '#design';
import type { AdoptedPlan } from '../plans/plans.ts';
import { tabulatePlan } from '../plans/table.ts';
import { listToDo, type ToDo } from '../plans/to-do.ts';
import { wordsOfAction } from '../plans/words.ts';
import { smallestMove } from '../problem/estimates.ts';
import type { Problem } from '../problem/problem.ts';
import type { ApprovalToAsk } from '../reading/approvals.ts';
import type { CapacityUse, Reading } from '../reading/reading.ts';
import { comparePlans, type PlanChange } from '../reading/changes.ts';
import type { Alternative } from '../reading/reasons.ts';
import type { Solution } from '../solver/solve.ts';
import { drawCapacityUse, quarterName } from './capacity-chart.ts';
import { roundMoney, shortMoney } from './money.ts';
import { viewRules } from './rules-view.ts';
import { drawTimeline } from './timeline.ts';

/** How many moves the timeline draws, and how many the page lists: a plan of a whole government has thousands. */
const mostDrawn = 40;
const mostRows = 30;
const mostChanges = 50;
const mostToDo = 30;

/** Everything that the page of a plan shows. */
export function viewOf(problem: Problem, solution: Solution, reading: Reading) {
  const { plan } = solution;
  if (plan === null) return { figures: [] };
  const { currency } = problem;
  const rows = tabulatePlan(problem, plan);
  const worthMost = new Set(
    rows
      .toSorted((one, other) => other.value - one.value)
      .slice(0, mostDrawn)
      .map(({ partId }) => partId),
  );
  const drawn = rows.filter(({ partId }) => worthMost.has(partId));
  const names = new Map(problem.parts.map(({ id: partId, name }) => [partId, name]));
  const reasons = new Map(reading.reasons.map((reason) => [reason.partId, reason]));
  const gap = solution.progress.gap ?? 0;
  const toDo = listToDo(reading, currency);
  return {
    figures: [
      {
        label: 'Worth, against carrying on as now',
        value: roundMoney(plan.value, currency),
        hint: 'Net present value',
      },
      { label: 'Proven to be within', value: `${(gap * 100).toFixed(1)}%`, hint: 'of the best plan that there can be' },
      { label: 'Parts that move', value: String(plan.moves.length), hint: `${plan.stays.length} stay` },
      { label: 'Greedy plan', value: shortMoney(solution.greedy.value ?? 0, currency), hint: 'For comparison' },
    ],
    timeline: drawTimeline(problem, drawn),
    timelineNote: drawn.length < rows.length ? `The ${drawn.length} moves that are worth most.` : null,
    movesCaption: `${rows.length === 1 ? 'The move' : 'Moves'}, in the order in which they begin`,
    moreMoves: Math.max(0, rows.length - mostRows),
    rows: rows.slice(0, mostRows).map((row) => ({
      ...row,
      begins: formatDate(row.begins),
      ends: formatDate(row.ends),
      decideBy: row.decideBy === null ? 'Nothing to decide' : formatDate(row.decideBy),
      value: roundMoney(row.value, currency),
      earlier: wordsOf(reasons.get(row.partId)?.earlier, currency),
      later: wordsOf(reasons.get(row.partId)?.later, currency),
    })),
    years: reading.years.map(({ year, spend, saving }) => ({
      name: `Year ${year + 1}`,
      spend: roundMoney(spend, currency),
      saving: roundMoney(saving, currency),
    })),
    yearsChart: drawBarChart({
      id: 'years',
      title: 'What is saved in running and spent on moving, by year of the plan',
      description: 'The figures are in the table below.',
      labels: reading.years.map(({ year }) => `Year ${year + 1}`),
      format: (value) => shortMoney(value, currency),
      series: [
        { name: 'Saved in running', values: reading.years.map(({ saving }) => saving) },
        { name: 'Spent on moving', values: reading.years.map(({ spend }) => spend) },
      ],
    }),
    yearsKey: drawChartKey('bars', ['Saved in running', 'Spent on moving']),
    capacityChart: drawCapacityUse(byUse(reading.capacity), problem.startsOn),
    capacityKey: drawChartKey('bars', ['There is', 'Taken by moves']),
    capacity: byUse(reading.capacity).map(({ name, used, most }) => {
      const full = used.flatMap((weeks, quarter) =>
        weeks > 0 && (most[quarter] ?? 0) - weeks < smallestMove ? [quarter] : [],
      );
      return {
        name,
        share: `${Math.round(100 * shareUsed({ used, most }))}%`,
        peak: `${Math.max(0, ...used)} of ${Math.max(0, ...most)}`,
        full: full.length === 0 ? 'None' : String(full.length),
        first: full[0] === undefined ? '' : `From ${quarterName(problem.startsOn, full[0])}`,
        years: Array.from({ length: Math.ceil(used.length / 4) }, (_, year) =>
          used.slice(year * 4, year * 4 + 4).join(', '),
        ),
      };
    }),
    capacityYears: Array.from({ length: Math.ceil(problem.quarters / 4) }, (_, year) => `Year ${year + 1}`),
    scenarios: reading.scenarios.map((scenario) => ({
      ...scenario,
      value: scenario.value === null ? 'Cannot be done' : roundMoney(scenario.value, currency),
    })),
    uncertainty: {
      draws: reading.uncertainty.draws,
      low: roundMoney(reading.uncertainty.low, currency),
      middle: roundMoney(reading.uncertainty.middle, currency),
      high: roundMoney(reading.uncertainty.high, currency),
      atRisk: reading.uncertainty.atRisk.slice(0, 15).map((slip) => ({
        name: names.get(slip.partId) ?? '',
        loss: roundMoney(slip.loss, currency),
        words: wordsOfAction[slip.action],
        chance: `${Math.round(slip.chance * 100)}%`,
      })),
    },
    ...viewRules(problem, reading),
    ...firstOf(toDo, 'contract', 'decisions'),
    ...firstOf(toDo, 'approval', 'approvals'),
    approvalWords: wordsOfApprovals(reading.approvals ?? []),
  };
}

/** The first of what is to be done, and how many more there are. */
function firstOf(toDo: readonly ToDo[], kind: ToDo['kind'], name: 'decisions' | 'approvals') {
  const list = toDo.filter((each) => each.kind === kind);
  return {
    [name]: list.slice(0, mostToDo).map((each) => ({ ...each, by: formatDate(each.by), from: formatDate(each.from) })),
    [name === 'decisions' ? 'moreDecisions' : 'moreApprovals']: Math.max(0, list.length - mostToDo),
  };
}

/** How many approvals a plan needs, and of whom; null for none. */
function wordsOfApprovals(approvals: readonly ApprovalToAsk[]): string | null {
  if (approvals.length === 0) return null;
  const by = [...new Set(approvals.map((each) => each.by))].join(', ');
  const late = approvals.filter(({ isLate }) => isLate).length;
  const count = approvals.length === 1 ? 'One approval is' : `${formatNumber(approvals.length)} approvals are`;
  const inTime = late === 0 ? '' : ` ${formatNumber(late)} cannot be there in time.`;
  return `${count} needed. Ask: ${by}. Pieces of one need are asked for together.${inTime}`;
}

/** What a plan changes against the one that was adopted before, as its page shows it. */
export function changesSince(before: AdoptedPlan | undefined, problem: Problem, solution: Solution) {
  if (before === undefined || before.solution.plan === null || solution.plan === null) return {};
  const changes = comparePlans(
    { problem: before.problem, plan: before.solution.plan },
    { problem, plan: solution.plan },
  );
  const placed = (each: PlanChange['before']): string =>
    each === null ? 'Stays' : `${formatDate(each.begins)}, to ${each.target}`;
  return {
    changedAgainst: before.number,
    changesWords: changes.length === 0 ? 'Nothing moves otherwise.' : countKinds(changes),
    changes: changes.slice(0, mostChanges).map(({ name, before: was, after: is, because }) => ({
      name,
      before: placed(was),
      after: placed(is),
      because: because.length === 0 ? 'Nothing of its own: the whole is worth more like this.' : because.join(' '),
    })),
  };
}

/** `3 earlier, 1 elsewhere`. */
function countKinds(changes: readonly PlanChange[]): string {
  const words = { earlier: 'earlier', later: 'later', elsewhere: 'elsewhere', new: 'new', dropped: 'not any more' };
  const counts = Map.groupBy(changes, ({ kind }) => kind);
  return `${[...counts].map(([kind, each]) => `${each.length} ${words[kind]}`).join(', ')}.`;
}

function wordsOf(alternative: Alternative | undefined, currency: string): string {
  if (alternative === undefined) return '';
  const { loss, because } = alternative;
  if (loss === null) return `Not possible: ${because ?? 'it cannot be'}`;
  const change =
    loss > 0 ? `${roundMoney(loss, currency)} less` : loss < 0 ? `${roundMoney(-loss, currency)} more` : 'The same';
  return because === null ? change : `${change}, but ${because}`;
}

/** The busiest first. */
function byUse(uses: readonly CapacityUse[]): readonly CapacityUse[] {
  return uses.toSorted((one, other) => shareUsed(other) - shareUsed(one));
}

function shareUsed({ used, most }: Pick<CapacityUse, 'used' | 'most'>): number {
  return sum(used) / Math.max(1, sum(most));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
