import type { EstimateRange } from './ranges.ts';

/**
 * A planning problem as plain data: what a government runs, to what it could move, and what limits it. It knows no
 * database, so that it can be read from a file, made by a generator and solved in another thread.
 *
 * Units: money is whole minor units (pence) at today's prices. Work is person-weeks. A quarter is counted from 0, the one
 * that begins on `startsOn`; a month is counted from the same day. A share is a fraction: 0.05 is 5%.
 */
export interface Problem {
  readonly name: string;
  /** The first day of the first quarter, as an ISO date. */
  readonly startsOn: string;
  /** How many quarters are planned: the horizon. Costs and savings after it do not count. */
  readonly quarters: number;
  /** By how much less a year's wait makes money worth: 0.035 is the rate of the United Kingdom's Green Book. */
  readonly discountRate: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Whether contracts may be ended early, at their fee. */
  readonly mayTerminate: boolean;
  readonly departments: readonly Department[];
  readonly targets: readonly Target[];
  readonly parts: readonly SystemPart[];
  readonly precedence: readonly Precedence[];
  readonly budgets: readonly Budget[];
  /** Whether opening targets is paid from these budgets too, or by the platform from money of its own. */
  readonly openingsInBudget: boolean;
  readonly rules: readonly Rule[];
  readonly fixed: readonly FixedDate[];
}

/** A department, and the work its people can give to moves in each quarter. */
export interface Department {
  readonly id: string;
  readonly name: string;
  /** Person-weeks, one number for each quarter. */
  readonly capacity: readonly number[];
}

/** What systems move to: a common component, a commodity service, a shared service centre, or nothing (switched off). */
export interface Target {
  readonly id: string;
  readonly name: string;
  readonly kind: 'common component' | 'commodity' | 'shared service' | 'switched off';
  /** Person-weeks that its team can give to taking systems on, one number for each quarter; null where nothing limits it. */
  readonly teamCapacity: readonly number[] | null;
  /** Null where it is open already. */
  readonly opening: Opening | null;
}

/** What it takes to open a target before anything can move to it. */
export interface Opening {
  /** Spread evenly over the quarters of building. */
  readonly cost: number;
  /** How many quarters building takes; moves may begin in the quarter after. */
  readonly quarters: number;
  /** The first quarter in which building can begin. */
  readonly earliest: number;
}

/** A part of a system that moves by itself: its application, hosting, connectivity, devices or support. */
export interface SystemPart {
  readonly id: string;
  readonly name: string;
  readonly systemId: string;
  readonly systemName: string;
  readonly departmentId: string;
  readonly area: 'digital public services' | 'mission IT' | 'infrastructure' | 'back office';
  /** The need that it meets, in words. */
  readonly need: string;
  /** The key of that need, by which rules add up the pieces of one; left out where the need is not known. */
  readonly needKey?: string;
  /** What rules that ask for approval call it, such as `digital`; left out where they say nothing of it. */
  readonly subjects?: readonly string[];
  /** What it costs a year outside its contract: people, power, internal charges. */
  readonly annualCost: number;
  /** Null where nothing binds it: it costs `annualCost` until it is left. */
  readonly contract: Contract | null;
  /** To what it could move, and how. Empty for a part that stays. */
  readonly ways: readonly Way[];
  /** The quarter by whose end it must have been left, such as the end of a product's support; null where it may stay. */
  readonly leaveBy: number | null;
}

/**
 * The contract under which a part is bought, or the part's share of it. The old part must be under contract in every month
 * until it is switched off.
 */
export interface Contract {
  readonly id: string;
  readonly name: string;
  readonly supplier: string;
  /** What is paid a year now. */
  readonly annualCost: number;
  /** The last day of the term that is committed. */
  readonly endsOn: string;
  /** Months before the end by which notice must be given, where it renews tacitly. */
  readonly noticeMonths: number;
  /** By how many months it renews if no notice is given; 0 where it simply ends. */
  readonly tacitMonths: number;
  /** In the order in which they may be taken. */
  readonly extensions: readonly Extension[];
  /** Staying on past the end, month by month; null where the supplier does not offer it. */
  readonly bridge: { readonly mostMonths: number; readonly uplift: number } | null;
  /** Ending early: notice, and the share of what would have been paid until the end. Null where it cannot be ended. */
  readonly termination: { readonly noticeMonths: number; readonly feeShare: number } | null;
  /**
   * Buying the same again in a competition, which is always possible. `leadMonths` before the end it must begin. For
   * `shorterMonths` it can be bought instead, every time, so that a rule on how long contracts run is kept.
   */
  readonly renewal: {
    readonly months: number;
    readonly shorterMonths?: number;
    readonly uplift: number;
    readonly cost: number;
    readonly leadMonths: number;
  };
  /** Which rules of spending each action breaks by itself: all of it, or (`option`) only that option to extend, counted from 0. */
  readonly breaches: readonly { readonly action: ContractAction; readonly ruleId: string; readonly option?: number }[];
  /** What rules that look at a contract as a whole ask about it; left out where that is not known. */
  readonly ruled?: RuledContract;
}

/** The whole contract of which a part takes a share. */
export interface RuledContract {
  /** Such as `hosting`; null where nobody said. */
  readonly kind: string | null;
  /** The share of it that the part takes, above 0. */
  readonly share: number;
  /** What it comes to, and for how many months it runs, from its first day to the end of the term that is committed. */
  readonly value: number;
  readonly months: number;
  /** Contracts by which the same supplier has the other of two roles that are to be apart, in the same department. */
  readonly otherRoles: readonly { readonly id: string; readonly name: string; readonly endsOn: string }[];
}

export type ContractAction = 'extend' | 'tacit' | 'bridge' | 'renew';

/** An option to go on for so many months at a price raised by `uplift`; it lapses if not taken `decideByMonths` before the end. */
export interface Extension {
  readonly months: number;
  readonly uplift: number;
  readonly decideByMonths: number;
}

/** One way for a part to move. */
export interface Way {
  /** Unique within the part. */
  readonly id: string;
  readonly targetId: string;
  /** How many quarters the move takes; the old part is switched off at the end of the last. */
  readonly quarters: number;
  /** For how many of these, the last ones, old and new run and are paid beside each other. */
  readonly dualQuarters: number;
  /** Spread evenly over the quarters of the move. */
  readonly movingCost: number;
  /** What the old supplier asks for handing over, paid in the last quarter of the move. */
  readonly exitFee: number;
  /** What the part costs a year on the target, the platform's own charges included. */
  readonly annualCost: number;
  /** What the first quarters on the target cost on top, as a share of `annualCost`, from the first that is paid. */
  readonly rampUp: readonly number[];
  /** Person-weeks of the department, in each quarter of the move. */
  readonly departmentWork: number;
  /** Person-weeks of the target's team, in each quarter of the move. */
  readonly teamWork: number;
  /** How far the estimates may be wrong; left out where that is as usual (`usualRange`). The best plan does not look at it. */
  readonly range?: EstimateRange;
  /** For how many months the new part is bought under a contract; left out where it is not bought. */
  readonly contractMonths?: number;
  /** That the move is under way: what rules asked of it was settled before. */
  readonly isBegun?: true;
}

/** A part may begin its move only after another has finished its own, and not at all if that one never moves. */
export interface Precedence {
  /** The part that goes first. */
  readonly before: string;
  readonly after: string;
  /** Whole quarters between the end of one and the beginning of the other; 0 where the next quarter will do. */
  readonly lagQuarters: number;
  /** The ways of the later part that are bound by it; null for all of them. */
  readonly ways: readonly string[] | null;
  /** In words, such as "signs people in through the directory". */
  readonly because: string;
}

/** The most that moves (and openings, if they are in the budget) may cost in a year of the plan (year 0 is the first four quarters). */
export interface Budget {
  readonly year: number;
  readonly most: number;
}

/** A rule of spending that a plan may break: forbidden (honour), or allowed at a price that the value is charged with. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly treatment: 'honour' | 'price';
  /** For each breach, where it is priced. */
  readonly price: number;
  /** What it asks of contracts and moves; left out where contracts name what breaks it (`breaches`). */
  readonly demand?: RuleDemand;
  /** The first month in which it is in force, and the first in which it is no more; left out where it has no such end. */
  readonly from?: number;
  readonly until?: number;
}

/**
 * What a rule asks.
 *
 * - `value limit`: no contract comes to more over its life.
 * - `term limit`: no contract of a kind runs for longer, from its first day on.
 * - `separate roles`: of two contracts by which one supplier has both roles the one that ends first is not carried on: it is
 *   bought again, from somebody else.
 * - `approval`: what comes to a threshold over its life is approved before it is done. That forbids nothing: it takes time.
 */
export type RuleDemand =
  | { readonly kind: 'value limit'; readonly most: number }
  | { readonly kind: 'term limit'; readonly contractKind: string; readonly months: number }
  | { readonly kind: 'separate roles' }
  | {
      readonly kind: 'approval';
      /** One of the `subjects` of parts. */
      readonly about: string;
      readonly threshold: number;
      /** Whether pieces of one need in one department that are each below the threshold are added up. */
      readonly addsUp: boolean;
      /** How long before it is needed it must be asked for. */
      readonly leadMonths: number;
      /** Who approves. */
      readonly by: string;
    };

/** What a person has decided: that a part moves in that quarter, or (null) that it does not move. */
export interface FixedDate {
  readonly partId: string;
  readonly startQuarter: number | null;
  /** Null where any way will do. */
  readonly wayId: string | null;
  readonly because: string;
}

/** A plan: an answer to a problem. Parts without a move stay. */
export interface Plan {
  readonly openings: readonly { readonly targetId: string; readonly startQuarter: number }[];
  readonly moves: readonly Move[];
  /** For each part that stays, in the order of the problem, what is done with its contract. */
  readonly stays: readonly Stay[];
  /** Net present value of what is saved against carrying on as now, in minor units. */
  readonly value: number;
}

export interface Move {
  readonly partId: string;
  readonly wayId: string;
  readonly startQuarter: number;
  /** What is done with the contract of the old part until it is switched off. */
  readonly steps: readonly ContractStep[];
  /** Net present value of moving, against carrying on as now. */
  readonly value: number;
}

export interface Stay {
  readonly partId: string;
  readonly steps: readonly ContractStep[];
  /** Zero, or less where rules of spending make it dearer to stay than it would be without them. */
  readonly value: number;
}

/** One thing done with a contract. Months are counted from the start of the plan. */
export interface ContractStep {
  /** `lapse`: let it end. `terminate`: end it early. The others keep it going. */
  readonly action: ContractAction | 'lapse' | 'terminate';
  /** From when on it has effect: the end of the term before, or the month of ending. */
  readonly month: number;
  /** By how long it keeps the contract going; 0 for `lapse` and `terminate`. */
  readonly months: number;
  /** In how many contracts it is bought again, where one would be worth too much; left out for one. */
  readonly lots?: number;
  /** The last month in which it can be decided, not less than 0. */
  readonly decideByMonth: number;
}
