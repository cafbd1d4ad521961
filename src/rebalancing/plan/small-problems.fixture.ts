import type { Contract, Precedence, Problem, SystemPart, Way } from './problem/problem.ts';
import { withSmallRules } from './small-rules.fixture.ts';

/**
 * A small random problem, the same for the same seed: everything that a problem can have, in ranges where limits bind and
 * contracts end within the plan. Not every one has a plan.
 */
export function smallProblem(seed: number, { parts: count = 8, quarters = 8 } = {}): Problem {
  let state = (seed * 2654435761) >>> 0;
  const share = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 8) & 0xffff) / 0x10000;
  };
  const whole = (least: number, most: number): number => least + Math.floor(share() * (most - least + 1));
  const chance = (limit: number): boolean => share() < limit;
  const series = (least: number, most: number): number[] => Array.from({ length: quarters }, () => whole(least, most));

  const targets: Problem['targets'] = [0, 1, 2].map((index) => ({
    id: `t${index}`,
    name: `Target ${index}`,
    kind: 'common component',
    teamCapacity: chance(0.5) ? series(1, 4) : null,
    opening: chance(0.35) ? { cost: whole(0, 30) * 1000, quarters: whole(0, 2), earliest: whole(0, 2) } : null,
  }));
  const way = (index: number): Way => {
    const length = whole(1, 3);
    return {
      id: `w${index}`,
      targetId: `t${whole(0, 2)}`,
      quarters: length,
      dualQuarters: whole(0, length),
      movingCost: whole(0, 30) * 1000,
      exitFee: chance(0.3) ? whole(0, 20) * 1000 : 0,
      annualCost: whole(0, 50) * 1000,
      rampUp: chance(0.4) ? [0.3, 0.1] : [],
      departmentWork: whole(0, 3),
      teamWork: whole(0, 3),
    };
  };
  const contract = (index: number): Contract => ({
    id: `c${index}`,
    name: `Contract ${index}`,
    supplier: 'A supplier',
    annualCost: whole(20, 120) * 1000,
    endsOn: `${2026 + whole(0, 1)}-${String(whole(1, 12)).padStart(2, '0')}-${whole(10, 28)}`,
    noticeMonths: whole(0, 6),
    tacitMonths: chance(0.3) ? whole(3, 12) : 0,
    extensions: Array.from({ length: whole(0, 2) }, () => ({
      months: whole(3, 12),
      uplift: whole(-1, 4) / 20,
      decideByMonths: whole(0, 6),
    })),
    bridge: chance(0.5) ? { mostMonths: whole(1, 8), uplift: 0.3 } : null,
    termination: chance(0.4) ? { noticeMonths: whole(0, 6), feeShare: whole(0, 10) / 10 } : null,
    renewal: { months: whole(6, 24), uplift: whole(0, 2) / 10, cost: whole(0, 10) * 1000, leadMonths: 6 },
    breaches: [
      ...(chance(0.3) ? [{ action: 'extend', ruleId: 'r0' } as const] : []),
      ...(chance(0.3) ? [{ action: 'tacit', ruleId: 'r1' } as const] : []),
      ...(chance(0.1) ? [{ action: 'renew', ruleId: 'r0' } as const] : []),
    ],
  });
  const parts = Array.from({ length: count }, (_, index): SystemPart => ({
    id: `p${index}`,
    name: `Part ${index}`,
    systemId: `s${index}`,
    systemName: `System ${index}`,
    departmentId: `d${whole(0, 1)}`,
    area: 'back office',
    need: 'A need',
    annualCost: whole(0, 60) * 1000,
    contract: chance(0.85) ? contract(index) : null,
    ways: Array.from({ length: whole(1, 2) }, (_way, place) => way(place)),
    leaveBy: chance(0.04) ? whole(4, 9) : null,
  }));
  const precedence: Precedence[] = [];
  for (let after = 1; after < count; after += 1) {
    for (let times = 0; times < 2; times += 1) {
      if (!chance(0.25)) continue;
      precedence.push({
        before: `p${whole(0, after - 1)}`,
        after: `p${after}`,
        lagQuarters: whole(0, 1),
        ways: chance(0.3) ? ['w0'].filter((id) => parts[after]?.ways.some((each) => each.id === id)) : null,
        because: 'it takes its data',
      });
    }
  }
  const problem: Problem = {
    name: `Small problem ${seed}`,
    startsOn: chance(0.5) ? '2026-04-01' : '2026-02-15',
    quarters,
    discountRate: 0.035,
    currency: 'GBP',
    mayTerminate: chance(0.7),
    departments: [0, 1].map((index) => ({ id: `d${index}`, name: `Department ${index}`, capacity: series(1, 4) })),
    targets,
    parts,
    precedence,
    budgets: chance(0.5)
      ? [
          { year: 0, most: whole(40, 150) * 1000 },
          { year: 1, most: whole(40, 200) * 1000 },
        ]
      : [],
    openingsInBudget: chance(0.5),
    rules: [
      {
        id: 'r0',
        title: 'No extension on the same terms',
        treatment: chance(0.3) ? 'honour' : 'price',
        price: whole(0, 10) * 1000,
      },
      {
        id: 'r1',
        title: 'No automatic extension',
        treatment: chance(0.3) ? 'honour' : 'price',
        price: whole(0, 10) * 1000,
      },
    ],
    fixed: chance(0.15) ? [{ partId: 'p0', startQuarter: null, wayId: null, because: 'the minister said so' }] : [],
  };
  return withSmallRules(problem, seed);
}
