import {
  approvalSubjectsOf,
  contractDates,
  lifetimeCost,
  listRulePacks,
  monthsBetween,
  packOn,
  termsOf,
  type Contract as EstateContract,
  type Part as EstatePart,
  type Rule as EstateRule,
  type RulePack,
  type System,
} from '#estate';
import { formatDate } from '#design';
import { addDays, type Tx } from '#platform';
import { dayOfMonth, dayOfQuarter } from '../problem/months.ts';
import type { Contract, Rule, RuleDemand, RuledContract } from '../problem/problem.ts';

/** What a plan does about a rule: it never breaks it, or charges its worth with a price for each breach (minor units). */
export interface RuleTreatment {
  readonly treatment: Rule['treatment'];
  readonly price: number;
}

/** Treatments by the key of a rule; one that is not named is left out. */
export type RuleTreatments = Readonly<Record<string, RuleTreatment | undefined>>;

/** The days of a plan: the first, and how many quarters it looks ahead. */
interface Span {
  readonly startsOn: string;
  readonly quarters: number;
}

/** A pack of rules, and the days of a plan on which it is the one in force: the first, and the first on which it is no more. */
export interface PackPeriod {
  readonly pack: RulePack;
  readonly from: string;
  readonly until: string;
}

/** The packs in force while a plan lasts, one after the other: what is done is judged by the one in force on its day. */
export async function listPackPeriods(tx: Tx, { startsOn, quarters }: Span): Promise<PackPeriod[]> {
  const packs = await listRulePacks(tx);
  const end = dayOfQuarter(startsOn, quarters);
  const days = new Set([startsOn]);
  for (const { from, until } of packs) {
    for (const day of [from, until === null ? null : addDays(until, 1)])
      if (day !== null && day > startsOn && day < end) days.add(day);
  }
  const periods: PackPeriod[] = [];
  const inOrder = [...days].toSorted();
  inOrder.forEach((from, index) => {
    const pack = packOn(packs, from);
    if (pack === null) return;
    const until = inOrder[index + 1] ?? end;
    const last = periods.at(-1);
    if (last?.pack.key === pack.key && last.until === from) periods[periods.length - 1] = { ...last, until };
    else periods.push({ pack, from, until });
  });
  return periods;
}

/** The rules that plans can be told to honour or to price, each once: by its words in the first pack that has it. */
export function plannableRules(periods: readonly PackPeriod[]): EstateRule[] {
  const rules = new Map<string, EstateRule>();
  for (const { pack } of periods) {
    for (const rule of pack.rules) if (rule.applies && !rules.has(rule.key)) rules.set(rule.key, rule);
  }
  return [...rules.values()];
}

/** A rule as a plan asks it, beside the rule of the pack that it comes from. */
export interface TreatedRule {
  readonly rule: Rule;
  readonly of: EstateRule;
}

/** The rules that are treated, each for as long as its pack is in force. Amounts in another currency cannot be asked. */
export function treatRules(
  periods: readonly PackPeriod[],
  treatments: RuleTreatments,
  { startsOn, quarters, currency }: Span & { readonly currency: string },
): TreatedRule[] {
  const end = dayOfQuarter(startsOn, quarters);
  const found: TreatedRule[] = [];
  for (const { pack, from, until } of periods) {
    for (const of of pack.rules) {
      const treated = treatments[of.key];
      if (treated === undefined || !of.applies) continue;
      if ((of.kind === 'value limit' || of.kind === 'approval') && pack.currency !== currency) continue;
      const isLater = found.some(({ of: { key } }) => key === of.key);
      const demand = demandOf(of, pack);
      found.push({
        of,
        rule: {
          id: isLater ? `${of.key} ${from}` : of.key,
          title: from > startsOn ? `${of.words} (from ${formatDate(from)})` : of.words,
          ...treated,
          ...(demand === undefined ? {} : { demand }),
          ...(from > startsOn ? { from: monthOf(startsOn, from) } : {}),
          ...(until < end ? { until: monthOf(startsOn, until) } : {}),
        },
      });
    }
  }
  return found;
}

/** What a rule asks; undefined where it names what each contract may not do, which `breachesOf` finds. */
function demandOf(rule: EstateRule, pack: RulePack): RuleDemand | undefined {
  switch (rule.kind) {
    case 'value limit':
      return { kind: 'value limit', most: Math.max(1, rule.threshold) };
    case 'term limit':
      return { kind: 'term limit', contractKind: rule.contractKind, months: rule.months };
    case 'separate roles':
      return { kind: 'separate roles' };
    case 'approval':
      return {
        kind: 'approval',
        about: rule.about,
        threshold: rule.threshold,
        addsUp: pack.addsUp,
        leadMonths: pack.approvalMonths ?? 0,
        by: pack.approver ?? 'whoever approves spending',
      };
    default:
      return undefined;
  }
}

/** The first month of a plan that does not begin before a day. */
function monthOf(startsOn: string, day: string): number {
  let month = 0;
  while (dayOfMonth(startsOn, month) < day) month += 1;
  return month;
}

/** Which treated rules each action with a contract breaks by itself: renewing on its own, or an option on the same terms. */
export function breachesOf(contract: EstateContract, treated: readonly TreatedRule[]): Contract['breaches'] {
  return treated.flatMap(({ rule: { id: ruleId }, of }): Contract['breaches'] => {
    if (of.kind === 'no automatic extension') return [{ action: 'tacit', ruleId }];
    if (of.kind !== 'no like-for-like extension') return [];
    return contract.extensions
      .filter(({ takenOn }) => takenOn === null)
      .flatMap(({ likeForLike, upliftBasisPoints }, option) =>
        (likeForLike ?? upliftBasisPoints === 0) ? [{ action: 'extend' as const, ruleId, option }] : [],
      );
  });
}

/**
 * What rules that look at the whole of a contract ask about it.
 *
 * @param endsOn the last day of the term that is committed.
 * @param beside all contracts that have not ended, among which its supplier may have another role.
 */
export function ruledContractOf(
  contract: EstateContract,
  {
    endsOn,
    share,
    treated,
    beside,
  }: {
    readonly endsOn: string;
    readonly share: number;
    readonly treated: readonly TreatedRule[];
    readonly beside: readonly LastingContract[];
  },
): RuledContract {
  const pairs = treated.flatMap(({ of }) => (of.kind === 'separate roles' ? [of.roles] : []));
  const otherRoleOf = (kind: EstateContract['kind']): EstateContract['kind'][] =>
    pairs.flatMap(([one, other]) => (kind === one ? [other] : kind === other ? [one] : []));
  const apart = otherRoleOf(contract.kind);
  return {
    kind: contract.kind,
    share,
    value: lifetimeCost(contract, endsOn) ?? 0,
    months: contract.startsOn === null ? 0 : monthsBetween(contract.startsOn, endsOn),
    otherRoles: beside
      .filter(
        ({ contract: other }) =>
          other.id !== contract.id &&
          other.supplierId !== null &&
          other.supplierId === contract.supplierId &&
          other.departmentId === contract.departmentId &&
          apart.includes(other.kind),
      )
      .map(({ contract: { id, title }, endsOn: lastDay }) => ({ id, name: title, endsOn: lastDay })),
  };
}

/** A contract that has not ended, and the last day of the term that is committed. */
export interface LastingContract {
  readonly contract: EstateContract;
  readonly endsOn: string;
}

/** The contracts that have not ended when a plan begins. */
export function lastingContracts(contracts: Iterable<EstateContract>, startsOn: string): LastingContract[] {
  return [...contracts].flatMap((contract): LastingContract[] => {
    const terms = termsOf(contract);
    if (terms === null) return [];
    const { state, endsOn } = contractDates(terms, startsOn);
    return state === 'ended' ? [] : [{ contract, endsOn }];
  });
}

/** The longest time for which a contract of its kind may be bought, where a rule says so and it is a time to buy for. */
export function longestTerm(periods: readonly PackPeriod[], { kind }: EstateContract): number | undefined {
  const limits = periods.flatMap(({ pack }) =>
    pack.rules.flatMap((rule) =>
      rule.kind === 'term limit' && rule.applies && rule.contractKind === kind && rule.months >= 6 ? [rule.months] : [],
    ),
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** What rules that ask for approval call a part of a system. */
export function subjectsOfPart(system: System, part: EstatePart, contract: EstateContract | null): readonly string[] {
  return approvalSubjectsOf({
    areas: system.area === null ? [] : [system.area],
    needKeys: part.needKey === null ? [] : [part.needKey],
    contractKind: contract?.kind ?? (part.kind === 'connectivity' ? 'network' : null),
    isNew: false,
  });
}
