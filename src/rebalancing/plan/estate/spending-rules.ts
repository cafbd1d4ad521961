import {
  contractChoices,
  listRulePacks,
  packOn,
  rulesOnChoice,
  termsOf,
  type Contract as EstateContract,
  type Rule as EstateRule,
  type RulePack,
} from '#estate';
import type { Tx } from '#platform';
import type { Contract, Rule } from '../problem/problem.ts';

/** What a plan does about a rule: it never breaks it, or charges its worth with a price for each breach (minor units). */
export interface RuleTreatment {
  readonly treatment: Rule['treatment'];
  readonly price: number;
}

/** Treatments by the key of a rule; one that is not named is left out. */
export type RuleTreatments = Readonly<Record<string, RuleTreatment | undefined>>;

/** The rules of a pack that a plan can break or honour by what it does with a contract. */
const plannable: readonly EstateRule['kind'][] = ['no automatic extension', 'no like-for-like extension', 'term limit'];

/** The rules in force on a day that plans can be told to honour or to price; none where no pack is in force. */
export async function listPlannableRules(tx: Tx, day: string): Promise<{ pack: RulePack | null; rules: EstateRule[] }> {
  const pack = packOn(await listRulePacks(tx), day);
  return {
    pack,
    rules: pack === null ? [] : pack.rules.filter(({ kind, applies }) => applies && plannable.includes(kind)),
  };
}

/** The rules of a problem: those that are treated, in the words of their pack. */
export function rulesOf(rules: readonly EstateRule[], treatments: RuleTreatments): Rule[] {
  return rules.flatMap(({ key, words }) => {
    const treated = treatments[key];
    return treated === undefined ? [] : [{ id: key, title: words, ...treated }];
  });
}

/**
 * Which treated rules each action with a contract would break within a span of days. An action is looked at as a whole: where any
 * of the options to extend breaks a rule, extending does.
 */
export function breachesOf(
  contract: EstateContract,
  {
    pack,
    rules,
    span,
  }: {
    readonly pack: RulePack | null;
    readonly rules: readonly Rule[];
    readonly span: { readonly asAt: string; readonly until: string };
  },
): Contract['breaches'] {
  const terms = termsOf(contract);
  if (pack === null || terms === null || rules.length === 0) return [];
  const treated = new Set(rules.map(({ id }) => id));
  const found = new Map<string, Contract['breaches'][number]>();
  for (const choice of contractChoices(terms, span)) {
    if (choice.how === 'lapse') continue;
    const action = choice.how === 'renew' ? 'tacit' : 'extend';
    for (const { rule } of rulesOnChoice(pack, contract, choice)) {
      if (treated.has(rule.key)) found.set(`${action} ${rule.key}`, { action, ruleId: rule.key });
    }
  }
  return [...found.values()];
}
