import { formatDate } from '#design';
import { addDays, formatMoney } from '#platform';
import type { Area } from '../areas.ts';
import { contractDates, type ContractChoice } from '../contracts/contract-dates.ts';
import { termsOf, type Contract } from '../contracts/contracts.ts';
import { addMonths } from '../contracts/months.ts';
import { subjectOfArea, type ApprovalSubject, type Rule, type RulePack } from './packs.ts';

/** A contract with what rules ask of what is bought under it. */
export interface RuledContract {
  readonly contract: Contract;
  /** The areas of the systems, and the keys of the needs of the parts, that are bought under it. */
  readonly areas: readonly Area[];
  readonly needKeys: readonly string[];
}

/** That a rule is broken, or asks for an approval, and by which contracts. */
export interface Breach {
  readonly rule: Rule;
  /** `breach`: it may not be so; `approval`: it may, if it is approved. */
  readonly kind: 'breach' | 'approval';
  readonly contractIds: readonly string[];
  readonly departmentId: string;
  /** Why, in a sentence with the figures. */
  readonly reason: string;
}

/** A contract that has not ended. */
interface LiveContract extends RuledContract {
  /** Whether something about it is still to be decided: before that nobody asks for approval, after it nobody can. */
  readonly isOpen: boolean;
}

/** Needs that the rules call identity. */
const identityNeeds = ['signing-people-in', 'proving-identity'];

/**
 * What a pack of rules says about contracts that run or are about to, on a day. Contracts that have ended are left out.
 * Approvals are asked for where something is still to be decided.
 */
export function findBreaches(pack: RulePack, all: readonly RuledContract[], asAt: string): Breach[] {
  const live = all.flatMap((ruled): LiveContract[] => {
    const terms = termsOf(ruled.contract);
    if (terms === null) return ruled.contract.stoppedOn === null ? [{ ...ruled, isOpen: true }] : [];
    const { state, decision } = contractDates(terms, asAt);
    return state === 'ended' ? [] : [{ ...ruled, isOpen: decision !== null }];
  });
  const rules = pack.rules.filter((rule) => rule.applies);
  const found: Breach[] = [];
  for (const ruled of live) {
    const { contract } = ruled;
    for (const rule of rules) {
      const reason = brokenBy(rule, contract);
      if (reason === null) continue;
      found.push({ rule, kind: 'breach', contractIds: [contract.id], departmentId: contract.departmentId, reason });
    }
  }
  for (const rule of rules) if (rule.kind === 'separate roles') found.push(...bothRoles(rule, live));
  found.push(...approvalsOf(pack, rules, live, asAt));
  return found;
}

/**
 * What a pack of rules says about a way to end a contract, so that a plan can honour the rule or price it.
 *
 * @param choice one of `contractChoices`: a choice that extends or renews can break what the contract itself does not.
 */
export function rulesOnChoice(
  pack: RulePack,
  contract: Contract,
  choice: ContractChoice,
): Pick<Breach, 'rule' | 'reason'>[] {
  const found: Pick<Breach, 'rule' | 'reason'>[] = [];
  for (const rule of pack.rules.filter((each) => each.applies)) {
    if (rule.kind === 'no automatic extension' && choice.how === 'renew') {
      found.push({ rule, reason: `It would renew by itself until ${formatDate(choice.endsOn)}.` });
    }
    if (rule.kind === 'no like-for-like extension' && choice.how === 'extend') {
      const options = contract.extensions.filter((option) => option.takenOn === null).slice(0, choice.steps);
      if (options.some((option) => option.likeForLike ?? option.upliftBasisPoints === 0)) {
        found.push({ rule, reason: `It would be extended on the same terms until ${formatDate(choice.endsOn)}.` });
      }
    }
    if (
      rule.kind === 'term limit' &&
      rule.contractKind === contract.kind &&
      choice.steps > 0 &&
      contract.startsOn !== null
    ) {
      const months = monthsBetween(contract.startsOn, choice.endsOn);
      if (months > rule.months) found.push({ rule, reason: `It would run for ${months} months.` });
    }
    if (rule.kind === 'value limit') {
      const cost = lifetimeCost(contract, choice.endsOn);
      if (cost !== null && cost > rule.threshold)
        found.push({ rule, reason: `It would come to ${money(cost, contract)}.` });
    }
  }
  return found;
}

/**
 * What a contract costs over its life, in minor units: its value, and what its extensions and renewals up to a day cost a
 * year. Null where neither value nor yearly cost is known.
 *
 * @param until the last day that is counted; without one the term with the extensions that were taken.
 */
export function lifetimeCost(contract: Contract, until?: string): number | null {
  const terms = termsOf(contract);
  if (terms === null) return contract.value ?? contract.yearlyCost;
  const firstMonths = Math.max(1, monthsBetween(terms.startsOn, terms.endsOn));
  const base =
    contract.value ?? (contract.yearlyCost === null ? null : Math.round((contract.yearlyCost * firstMonths) / 12));
  if (base === null) return null;
  const yearly = contract.yearlyCost ?? Math.round((base * 12) / firstMonths);
  const taken = terms.extensions.filter((option) => option.taken);
  let cost = base;
  let months = 0;
  for (const option of taken) {
    cost += Math.round((yearly * option.months * (10_000 + option.upliftBasisPoints)) / 120_000);
    months += option.months;
  }
  if (until === undefined) return cost;
  const endOfTaken = addDays(addMonths(addDays(terms.endsOn, 1), months), -1);
  const uplift = terms.extensions.findLast((option) => option.taken)?.upliftBasisPoints ?? 0;
  const more = until > endOfTaken ? monthsBetween(addDays(endOfTaken, 1), until) : 0;
  return cost + Math.round((yearly * more * (10_000 + uplift)) / 120_000);
}

/** Whole months of a term, both days included; a part of a month counts as one. */
export function monthsBetween(from: string, to: string): number {
  const after = addDays(to, 1);
  const months =
    (Number(after.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(after.slice(5, 7)) - Number(from.slice(5, 7));
  return addMonths(from, months) < after ? months + 1 : months;
}

/** Why one contract by itself breaks a rule; null where it does not. */
function brokenBy(rule: Rule, contract: Contract): string | null {
  if (rule.kind === 'value limit') {
    const cost = lifetimeCost(contract);
    return cost !== null && cost > rule.threshold
      ? `It comes to ${money(cost, contract)} over its life; the limit is ${money(rule.threshold, contract)}.`
      : null;
  }
  if (rule.kind === 'no automatic extension') {
    return contract.renewalMonths !== null &&
      contract.renewalMonths > 0 &&
      contract.noticeGivenOn === null &&
      contract.stoppedOn === null
      ? `It renews by itself by ${contract.renewalMonths} months unless notice is given.`
      : null;
  }
  if (rule.kind === 'no like-for-like extension') {
    const taken = contract.extensions.find((option) => option.takenOn !== null && option.likeForLike === true);
    return taken === undefined ? null : `It was extended on ${formatDate(taken.takenOn ?? '')} on the same terms.`;
  }
  if (rule.kind === 'term limit') {
    if (contract.kind !== rule.contractKind || contract.startsOn === null || contract.endsOn === null) return null;
    const months =
      monthsBetween(contract.startsOn, contract.endsOn) +
      contract.extensions.filter((option) => option.takenOn !== null).reduce((sum, option) => sum + option.months, 0);
    return months > rule.months
      ? `It runs for ${months} months; the limit for ${rule.contractKind} is ${rule.months}.`
      : null;
  }
  return null;
}

function bothRoles(rule: Rule & { kind: 'separate roles' }, live: readonly RuledContract[]): Breach[] {
  const groups = Map.groupBy(
    live.filter(({ contract }) => contract.supplierId !== null),
    ({ contract }) => `${contract.departmentId} ${contract.supplierId}`,
  );
  return [...groups.values()].flatMap((group): Breach[] => {
    const contracts = group.map((each) => each.contract);
    const [one, other] = rule.roles.map((role) => contracts.find((each) => each.kind === role));
    if (one === undefined || other === undefined) return [];
    return [
      {
        rule,
        kind: 'breach',
        contractIds: contracts
          .filter((each) => each.kind !== null && rule.roles.includes(each.kind))
          .map((each) => each.id),
        departmentId: one.departmentId,
        reason: `${one.supplierName ?? 'The supplier'} provides “${one.title}” and integrates “${other.title}” for ${one.departmentName}.`,
      },
    ];
  });
}

/** Approvals that are asked for: of single contracts, and of pieces of one need that only together reach a threshold. */
function approvalsOf(pack: RulePack, rules: readonly Rule[], live: readonly LiveContract[], asAt: string): Breach[] {
  const approvals = rules
    .filter((rule) => rule.kind === 'approval')
    .toSorted((one, other) => one.threshold - other.threshold);
  const open = live.filter(({ contract, isOpen }) => isOpen && contract.currency === pack.currency);
  const found: Breach[] = [];
  const asked = new Set<string>();
  for (const ruled of open) {
    const { contract } = ruled;
    const cost = lifetimeCost(contract);
    const subjects = subjectsOf(ruled, asAt);
    const rule = approvals.find((each) => subjects.includes(each.about) && (cost ?? 0) >= each.threshold);
    if (rule === undefined) continue;
    asked.add(contract.id);
    found.push({
      rule,
      kind: 'approval',
      contractIds: [contract.id],
      departmentId: contract.departmentId,
      reason:
        rule.threshold === 0
          ? `Whatever it costs, it counts as ${rule.about}.`
          : `It comes to ${money(cost ?? 0, contract)} over its life; from ${money(rule.threshold, contract)} on ${rule.about} needs approval.`,
    });
  }
  if (!pack.addsUp) return found;
  const pieces = Map.groupBy(
    open.filter(({ contract, needKeys }) => !asked.has(contract.id) && needKeys.length === 1),
    ({ contract, needKeys }) => `${contract.departmentId} ${needKeys[0]}`,
  );
  for (const group of pieces.values()) {
    const counted = new Set<string>();
    // Only what a rule is about is added up for it: dear hosting of a mission system makes no cheap website dear.
    for (const rule of approvals) {
      const about = group.filter(
        (each) => !counted.has(each.contract.id) && subjectsOf(each, asAt).includes(rule.about),
      );
      const [first] = about;
      const cost = about.reduce((sum, { contract }) => sum + (lifetimeCost(contract) ?? 0), 0);
      if (first === undefined || about.length < 2 || cost < rule.threshold) continue;
      for (const { contract } of about) counted.add(contract.id);
      found.push({
        rule,
        kind: 'approval',
        contractIds: about.map(({ contract }) => contract.id),
        departmentId: first.contract.departmentId,
        reason: `${about.length} contracts of ${first.contract.departmentName} for one need are each below ${money(rule.threshold, first.contract)}, and come to ${money(cost, first.contract)} together.`,
      });
    }
  }
  return found;
}

function subjectsOf({ contract, areas, needKeys }: RuledContract, asAt: string): ApprovalSubject[] {
  const isNew = contract.startsOn !== null && contract.startsOn > asAt;
  return approvalSubjectsOf({ areas, needKeys, contractKind: contract.kind, isNew });
}

/**
 * What approvals call something that is bought or moved.
 *
 * @param bought.isNew whether it has not begun: a new transaction for the public has an approval of its own.
 */
export function approvalSubjectsOf(bought: {
  readonly areas: readonly Area[];
  readonly needKeys: readonly string[];
  readonly contractKind: Contract['kind'];
  readonly isNew: boolean;
}): ApprovalSubject[] {
  const { areas, needKeys, contractKind, isNew } = bought;
  const subjects: ApprovalSubject[] = ['technology'];
  if (contractKind === 'network') subjects.push('network infrastructure');
  for (const area of areas) {
    const subject = subjectOfArea[area];
    if (subject !== undefined) subjects.push(subject);
  }
  const isNewTransaction = isNew && areas.includes('digital public services');
  if (isNewTransaction || needKeys.some((key) => identityNeeds.includes(key)))
    subjects.push('identity and new transactions');
  return subjects;
}

function money(minorUnits: number, contract: Contract): string {
  return formatMoney({ minorUnits, currency: contract.currency }).replace(/\.00$/, '');
}
