import { coveredMonths } from './months.ts';
import type { Contract, ContractAction, Problem, Rule, RuleDemand, SystemPart, Way } from './problem.ts';

/** Something done with a contract, as rules look at it. Months are counted from the start of the plan. */
export interface ContractAct {
  readonly action: ContractAction;
  /** From when on it has effect, and when it must have been decided: below 0 where that day has passed. */
  readonly month: number;
  readonly decideByMonth: number;
  /** Which option to extend it is, counted from 0. */
  readonly option?: number;
  /** Whether it is still the contract of the problem: what is bought in a competition is another. */
  readonly isFirst: boolean;
  /** How long the whole contract runs with this, from its first day on, and what it comes to; null where that is not known. */
  readonly life: ContractLife | null;
  /** In how many contracts it is bought. */
  readonly lots: number;
}

export interface ContractLife {
  readonly months: number;
  readonly value: number;
}

/** What a rule says of something: that it is broken, that an approval is needed, or both (it would come too late). */
export interface RuleFinding {
  readonly rule: Rule;
  readonly isBroken: boolean;
  readonly approval: NeededApproval | null;
}

export interface NeededApproval {
  readonly by: string;
  /** The last month in which it can be asked for in time, not less than 0. */
  readonly askByMonth: number;
  /** What it is asked for, over its life, in minor units. */
  readonly amount: number;
  /** How many pieces of one need come to that together; 1 where it is one thing. */
  readonly pieces: number;
}

/** The rules of a problem, to be asked about what a plan could do. */
export interface RuleBook {
  /** What rules say of something done with the contract of a part. */
  onAct(part: SystemPart, contract: Contract, act: ContractAct): readonly RuleFinding[];
  /** What rules say of a move of a part that begins in a quarter. */
  onMove(part: SystemPart, way: Way, startQuarter: number): readonly RuleFinding[];
  /** The most that one contract of a month may be worth, infinite where no rule says. */
  mostValue(month: number): number;
}

const books = new WeakMap<Problem, RuleBook>();

/** The rules of a problem. */
export function rulesOf(problem: Problem): RuleBook {
  const known = books.get(problem);
  if (known !== undefined) return known;
  const book = createBook(problem);
  books.set(problem, book);
  return book;
}

/** What breaking rules costs at the day on which they are broken: infinite where one of them is honoured. */
export function priceOf(findings: readonly RuleFinding[], share = 1): number {
  let price = 0;
  for (const { rule, isBroken } of findings) {
    if (isBroken) price += rule.treatment === 'honour' ? Infinity : rule.price * share;
  }
  return price;
}

/** What a move comes to over its life, as far as the plan looks: moving, and running the new part for as long. */
export function lifeOfMove(problem: Problem, way: Way): number {
  return way.movingCost + way.exitFee + (way.annualCost * problem.quarters) / 4;
}

const nothing: readonly RuleFinding[] = [];

/** A rule that says something of a move: that it is broken, or (`approval`) that one is needed. */
interface AskedMove {
  readonly rule: Rule;
  readonly approval: Omit<NeededApproval, 'askByMonth'> | null;
  readonly leadMonths: number;
}

function createBook(problem: Problem): RuleBook {
  if (problem.rules.length === 0) return { onAct: () => nothing, onMove: () => nothing, mostValue: () => Infinity };
  const kinds = new Map(problem.targets.map(({ id, kind }) => [id, kind]));
  const contractPieces = new Pieces();
  const movePieces = new Pieces();
  for (const part of problem.parts) {
    const need = needOf(part);
    const { contract } = part;
    if (contract?.ruled !== undefined) contractPieces.add(need, contract.id, contract.ruled.value, part);
    for (const way of part.ways) {
      if (kinds.get(way.targetId) !== 'switched off')
        movePieces.add(`${need}\n${way.targetId}`, part.id, lifeOfMove(problem, way), part);
    }
  }

  const asksMoves = problem.rules.some(({ demand }) => demand?.kind === 'value limit' || demand?.kind === 'approval');
  /** What rules say of a move whenever it begins: nothing of that turns on the quarter but whether there is time to ask. */
  const movesAsked = new Map<Way, readonly AskedMove[]>();
  const askMove = (part: SystemPart, way: Way): AskedMove[] =>
    problem.rules.flatMap((rule): AskedMove[] => {
      const { demand } = rule;
      if (demand?.kind === 'value limit') {
        const value = (way.annualCost * (way.contractMonths ?? 0)) / 12;
        return value > demand.most ? [{ rule, approval: null, leadMonths: 0 }] : [];
      }
      if (demand?.kind !== 'approval' || kinds.get(way.targetId) === 'switched off') return [];
      const approval = approvalOf(demand, part, lifeOfMove(problem, way), (most) =>
        movePieces.sum(`${needOf(part)}\n${way.targetId}`, part.id, rule, most),
      );
      return approval === undefined ? [] : [{ rule, approval, leadMonths: demand.leadMonths }];
    });

  return {
    onAct: (part, contract, act) => {
      const found: RuleFinding[] = [];
      for (const rule of problem.rules) {
        if (!isInForce(rule, act.month)) continue;
        if (rule.demand?.kind !== 'approval') {
          if (isBrokenBy(problem, rule, contract, act)) found.push({ rule, isBroken: true, approval: null });
          continue;
        }
        const { leadMonths } = rule.demand;
        const amount = act.life?.value ?? 0;
        const needed = approvalOf(rule.demand, part, amount, (most) =>
          // What is bought again takes the place of what it was.
          contractPieces.sum(needOf(part), contract.id, rule, most),
        );
        if (needed === undefined) continue;
        // Buying again and staying month by month are what is left where there is no time to ask: they wait for nobody.
        const canWait = act.action === 'extend' || act.action === 'tacit';
        found.push({
          rule,
          isBroken: canWait && leadMonths > 0 && act.decideByMonth < leadMonths,
          approval: { ...needed, askByMonth: Math.max(0, act.decideByMonth - leadMonths) },
        });
      }
      return found;
    },
    onMove: (part, way, startQuarter) => {
      if (!asksMoves || way.isBegun === true) return nothing;
      const asked = movesAsked.get(way) ?? askMove(part, way);
      movesAsked.set(way, asked);
      if (asked.length === 0) return nothing;
      const month = startQuarter * 3;
      return asked.flatMap(({ rule, approval, leadMonths }): RuleFinding[] => {
        if (!isInForce(rule, month)) return [];
        if (approval === null) return [{ rule, isBroken: true, approval }];
        const askByMonth = Math.max(0, month - leadMonths);
        return [{ rule, isBroken: month < leadMonths, approval: { ...approval, askByMonth } }];
      });
    },
    mostValue: (month) => {
      let most = Infinity;
      for (const rule of problem.rules) {
        if (rule.demand?.kind === 'value limit' && isInForce(rule, month)) most = Math.min(most, rule.demand.most);
      }
      return most;
    },
  };
}

/** Whether something done with a contract breaks a rule that asks for no approval. */
function isBrokenBy(problem: Problem, rule: Rule, contract: Contract, act: ContractAct): boolean {
  const { demand } = rule;
  if (demand === undefined) {
    return contract.breaches.some(
      ({ ruleId, action, option }) =>
        ruleId === rule.id && action === act.action && (option === undefined || option === act.option),
    );
  }
  if (demand.kind === 'value limit') return act.life !== null && act.life.value / act.lots > demand.most;
  if (demand.kind === 'term limit') {
    return contract.ruled?.kind === demand.contractKind && act.life !== null && act.life.months > demand.months;
  }
  if (demand.kind !== 'separate roles' || !act.isFirst || act.action === 'renew') return false;
  return (contract.ruled?.otherRoles ?? []).some((other) => outlasts(problem, other, contract, act.month));
}

/** Whether another contract still runs when one is carried on: of two that end on one day, the one named first may be. */
function outlasts(
  problem: Problem,
  other: { readonly id: string; readonly endsOn: string },
  contract: Contract,
  month: number,
): boolean {
  const until = coveredMonths(problem.startsOn, other.endsOn);
  if (until !== month || coveredMonths(problem.startsOn, contract.endsOn) !== month) return until > month;
  return other.endsOn > contract.endsOn || (other.endsOn === contract.endsOn && other.id < contract.id);
}

/** The approval that something needs, alone or with other pieces of its need; undefined where it needs none. */
function approvalOf(
  demand: RuleDemand & { kind: 'approval' },
  part: SystemPart,
  amount: number,
  piecesBelow: (most: number) => { readonly count: number; readonly amount: number },
): Omit<NeededApproval, 'askByMonth'> | undefined {
  const { about, threshold, by, addsUp } = demand;
  if (part.subjects?.includes(about) !== true) return undefined;
  if (amount >= threshold) return { by, amount, pieces: 1 };
  if (!addsUp || part.needKey === undefined) return undefined;
  const others = piecesBelow(threshold);
  const sum = amount + others.amount;
  return others.count > 0 && sum >= threshold ? { by, amount: sum, pieces: others.count + 1 } : undefined;
}

function isInForce({ from, until }: Rule, month: number): boolean {
  return (from === undefined || month >= from) && (until === undefined || month < until);
}

function needOf({ departmentId, needKey }: SystemPart): string {
  return `${departmentId}\n${needKey ?? ''}`;
}

/** Pieces of needs, each with what it comes to and what rules call it. */
class Pieces {
  readonly #pieces = new Map<string, Map<string, Piece>>();
  /** What all pieces of a need come to that a rule is about and that are below an amount. */
  readonly #sums = new Map<string, { readonly count: number; readonly amount: number }>();

  /** Of a piece that is named twice (a contract of two parts, two ways to one target) the cheaper amount counts. */
  add(need: string, id: string, amount: number, { subjects, needKey }: SystemPart): void {
    if (subjects === undefined || needKey === undefined) return;
    const ofNeed = this.#pieces.get(need) ?? new Map<string, Piece>();
    const known = ofNeed.get(id);
    ofNeed.set(id, {
      amount: Math.min(amount, known?.amount ?? Infinity),
      subjects: [...new Set([...(known?.subjects ?? []), ...subjects])],
    });
    this.#pieces.set(need, ofNeed);
  }

  /** The pieces of a need but one that are what a rule is about, and each below an amount. */
  sum(need: string, but: string, rule: Rule, below: number): { count: number; amount: number } {
    const about = rule.demand?.kind === 'approval' ? rule.demand.about : '';
    const counts = ({ amount, subjects }: Piece): boolean => amount < below && subjects.includes(about);
    const key = [need, about, below].join('\n');
    let all = this.#sums.get(key);
    if (all === undefined) {
      const counted = [...(this.#pieces.get(need)?.values() ?? [])].filter(counts);
      all = { count: counted.length, amount: counted.reduce((sum, { amount }) => sum + amount, 0) };
      this.#sums.set(key, all);
    }
    const own = this.#pieces.get(need)?.get(but);
    return own !== undefined && counts(own) ? { count: all.count - 1, amount: all.amount - own.amount } : all;
  }
}

interface Piece {
  readonly amount: number;
  readonly subjects: readonly string[];
}
