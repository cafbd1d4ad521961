import type { Contract, Problem, Rule, RuledContract, SystemPart } from './problem/problem.ts';

const kinds = ['hosting', 'service provision', 'integration'] as const;

/**
 * A problem with every kind of rule of spending, the same for the same seed: limits that some contracts reach and others
 * do not, suppliers with two roles, approvals that take time, and pieces that need one only together.
 */
export function withSmallRules(problem: Problem, seed: number): Problem {
  let state = (seed * 2246822519 + 7) >>> 0;
  const share = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 8) & 0xffff) / 0x10000;
  };
  const whole = (least: number, most: number): number => least + Math.floor(share() * (most - least + 1));
  const chance = (limit: number): boolean => share() < limit;

  const ruledAs = (contract: Contract): RuledContract => {
    const part = [1, 1, 0.5][whole(0, 2)] ?? 1;
    const months = whole(6, 40);
    return {
      kind: kinds[whole(0, 2)] ?? null,
      share: part,
      months,
      value: Math.round((contract.annualCost / part / 12) * months),
      otherRoles: [],
    };
  };
  const contracts = new Map<string, Contract>();
  for (const { contract } of problem.parts) {
    if (contract === null || chance(0.2)) continue;
    const { renewal } = contract;
    contracts.set(contract.id, {
      ...contract,
      ruled: ruledAs(contract),
      renewal: chance(0.4) ? { ...renewal, shorterMonths: whole(6, renewal.months) } : renewal,
      breaches: contract.breaches.map((each) =>
        each.action === 'extend' && chance(0.5) ? { ...each, option: whole(0, 1) } : each,
      ),
    });
  }
  for (const contract of contracts.values()) {
    const otherRoles = [...contracts.values()]
      .filter((other) => other.id !== contract.id && chance(0.12))
      .map(({ id, name, endsOn }) => ({ id, name, endsOn: chance(0.2) ? contract.endsOn : endsOn }));
    if (contract.ruled !== undefined)
      contracts.set(contract.id, { ...contract, ruled: { ...contract.ruled, otherRoles } });
  }

  const parts = problem.parts.map((part): SystemPart => ({
    ...part,
    contract: part.contract === null ? null : (contracts.get(part.contract.id) ?? part.contract),
    ...(chance(0.8) ? { needKey: `n${whole(0, 1)}` } : {}),
    ...(chance(0.8) ? { subjects: chance(0.5) ? ['technology', 'digital'] : ['technology'] } : {}),
    ways: part.ways.map((way) => ({
      ...way,
      ...(chance(0.5) ? { contractMonths: 24 } : {}),
      ...(chance(0.05) ? { isBegun: true as const } : {}),
    })),
  }));
  const rule = (id: string, title: string, demand: Rule['demand']): Rule => ({
    id,
    title,
    treatment: chance(0.3) ? 'honour' : 'price',
    price: whole(0, 10) * 1000,
    ...(demand === undefined ? {} : { demand }),
    ...(chance(0.15) ? { from: whole(0, 12) } : {}),
    ...(chance(0.15) ? { until: whole(9, 24) } : {}),
  });
  const approval = (about: string, threshold: number) =>
    ({
      kind: 'approval',
      about,
      threshold,
      addsUp: chance(0.5),
      leadMonths: chance(0.3) ? 0 : whole(1, 9),
      by: 'The treasury',
    }) as const;
  return {
    ...problem,
    parts,
    rules: [
      ...problem.rules,
      ...(chance(0.7)
        ? [rule('r2', 'No contract is worth too much', { kind: 'value limit', most: whole(60, 300) * 1000 })]
        : []),
      ...(chance(0.7)
        ? [
            rule('r3', 'Hosting is bought for a short time', {
              kind: 'term limit',
              contractKind: 'hosting',
              months: whole(12, 36),
            }),
          ]
        : []),
      ...(chance(0.7) ? [rule('r4', 'Roles are apart', { kind: 'separate roles' })] : []),
      ...(chance(0.7) ? [rule('r5', 'Technology needs approval', approval('technology', whole(50, 300) * 1000))] : []),
      ...(chance(0.5) ? [rule('r6', 'Digital services need approval', approval('digital', whole(0, 150) * 1000))] : []),
    ],
  };
}
