import { formatNumber } from '#design';
import { wordsOfBroken } from '../plans/words.ts';
import type { Problem, Rule } from '../problem/problem.ts';
import type { RuleValue } from '../reading/rule-values.ts';
import type { Reading } from '../reading/reading.ts';
import { exactMoney, roundMoney } from './money.ts';

/** How many parts the page of a plan lists under what rules cost. */
const mostParts = 25;

/** What rules of spending do to a plan, as its page shows it: rule by rule, and part by part. */
export function viewRules(problem: Problem, reading: Reading) {
  const { currency } = problem;
  const names = new Map(problem.parts.map(({ id, name }) => [id, name]));
  const rules = new Map(problem.rules.map((rule) => [rule.id, rule]));
  const parts = reading.rules ?? [];
  return {
    ruleValues: (reading.ruleValues ?? []).map((value) => ({
      title: value.title,
      words: wordsOf(value, rules.get(value.ruleId), currency),
      with: roundMoney(value.value, currency),
      without: roundMoney(value.without, currency),
      cost: roundMoney(value.without - value.value, currency),
    })),
    rules: parts.slice(0, mostParts).map((each) => ({
      name: names.get(each.partId) ?? '',
      contract: each.contractName,
      rules: each.rules.join('; '),
      words:
        each.broken === null
          ? `Honoured: keeping it costs ${roundMoney(each.cost, currency)}`
          : `Broken: ${wordsOfBroken[each.broken]}`,
      cost: roundMoney(each.cost, currency),
    })),
    moreRules: Math.max(0, parts.length - mostParts),
  };
}

/** What the plan does about a rule. */
function wordsOf({ treatment, breaches, approvals }: RuleValue, rule: Rule | undefined, currency: string): string {
  const times = breaches === 1 ? 'once' : `${formatNumber(breaches)} times`;
  const asked =
    approvals === 0 ? '' : ` ${approvals === 1 ? 'One approval' : `${formatNumber(approvals)} approvals`} to ask for.`;
  if (treatment === 'honour') return `Honoured.${asked}`;
  const price = exactMoney(rule?.price ?? 0, currency);
  return `${breaches === 0 ? 'Not broken' : `Broken ${times}`}, at ${price} each.${asked}`;
}
