import { coveredMonths } from './months.ts';
import type { Contract, ContractAction, ContractStep, Problem } from './problem.ts';
import type { ContractAct, ContractLife } from './rules.ts';

/**
 * What steps that were decided come to, as rules look at them: what the whole contract is worth and how long it has run after
 * each. Left out is what no rule is asked about: ending a contract, and a renewal that nobody can stop any more.
 */
export function actsOf(problem: Problem, contract: Contract, steps: readonly ContractStep[]): ContractAct[] {
  const acts: ContractAct[] = [];
  const share = contract.ruled?.share ?? 1;
  let price = contract.annualCost / 12;
  let life: ContractLife | null = contract.ruled ?? null;
  let taken = 0;
  let isFirst = true;
  let ends = coveredMonths(problem.startsOn, contract.endsOn);
  for (const { action, month, months, lots = 1 } of steps) {
    if (action === 'lapse' || action === 'terminate') break;
    price *= 1 + upliftOf(contract, action, taken);
    const added = { months, value: (price * months) / share };
    if (action === 'renew') life = added;
    else life = life === null ? null : { months: life.months + added.months, value: life.value + added.value };
    const ahead = aheadOf(contract, action, taken);
    const isUnstoppable = action === 'tacit' && ends < contract.noticeMonths;
    if (!isUnstoppable) {
      const option = action === 'extend' ? { option: taken } : {};
      acts.push({ action, month, decideByMonth: month - ahead, ...option, isFirst, life, lots });
    }
    if (action === 'extend') taken += 1;
    if (action === 'renew') isFirst = false;
    ends = month + months;
  }
  return acts;
}

function upliftOf(contract: Contract, action: ContractAction, taken: number): number {
  if (action === 'extend') return contract.extensions[taken]?.uplift ?? 0;
  if (action === 'bridge') return contract.bridge?.uplift ?? 0;
  return action === 'renew' ? contract.renewal.uplift : 0;
}

/** How many months before it has effect it must be decided. */
function aheadOf(contract: Contract, action: ContractAction, taken: number): number {
  if (action === 'extend') return contract.extensions[taken]?.decideByMonths ?? 0;
  if (action === 'tacit') return contract.noticeMonths;
  return action === 'renew' ? contract.renewal.leadMonths : 0;
}
