import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlan } from '../checker/checker.ts';
import { findConflict } from '../reading/conflict.ts';
import { readApprovals } from '../reading/approvals.ts';
import { findRuledActs } from '../reading/ruled-acts.ts';
import { valueRules } from '../reading/rule-values.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { solveHere } from '../solver/solve.ts';
import { checkProblem } from './check.ts';
import type { Contract, Plan, Problem, Rule, RuleDemand, SystemPart } from './problem.ts';
import { readProblem } from './read.ts';

const pound = 100;

/** Hosting for a million a year until the end of the first year, which can be extended twice, and moves from the third year on. */
const contract: Contract = {
  id: 'hosting',
  name: 'Hosting of the mill register',
  supplier: 'Bargate',
  annualCost: 1_000_000 * pound,
  endsOn: '2027-12-31',
  noticeMonths: 3,
  tacitMonths: 0,
  extensions: [
    { months: 12, uplift: 0, decideByMonths: 3 },
    { months: 12, uplift: 0, decideByMonths: 3 },
  ],
  bridge: { mostMonths: 9, uplift: 0.25 },
  termination: null,
  renewal: { months: 36, shorterMonths: 24, uplift: 0.03, cost: 50_000 * pound, leadMonths: 9 },
  breaches: [],
  ruled: { kind: 'hosting', share: 1, value: 2_000_000 * pound, months: 24, otherRoles: [] },
};
const part: SystemPart = {
  id: 'register',
  name: 'Mill register: hosting',
  systemId: 's',
  systemName: 'Mill register',
  departmentId: 'mills',
  area: 'digital public services',
  need: 'Hosting',
  needKey: 'application-hosting',
  subjects: ['technology', 'digital'],
  annualCost: 0,
  contract,
  ways: [
    {
      id: 'common',
      targetId: 'common',
      quarters: 1,
      dualQuarters: 0,
      movingCost: 100_000 * pound,
      exitFee: 0,
      annualCost: 200_000 * pound,
      rampUp: [],
      departmentWork: 1,
      teamWork: 0,
      contractMonths: 24,
    },
  ],
  leaveBy: null,
};

function problemWith(demand: RuleDemand, more: Partial<Rule> = {}, ...parts: readonly SystemPart[]): Problem {
  return {
    name: 'Mills',
    startsOn: '2027-01-01',
    quarters: 20,
    discountRate: 0.035,
    currency: 'GBP',
    mayTerminate: false,
    departments: [{ id: 'mills', name: 'Department of Mills', capacity: Array.from({ length: 20 }, () => 10) }],
    targets: [
      {
        id: 'common',
        name: 'Common hosting',
        kind: 'commodity',
        teamCapacity: null,
        opening: { cost: 0, quarters: 0, earliest: 8 },
      },
    ],
    parts: parts.length === 0 ? [part] : parts,
    precedence: [],
    budgets: [],
    openingsInBudget: false,
    rules: [{ id: 'rule', title: 'The rule', treatment: 'honour', price: 0, demand, ...more }],
    fixed: [],
  };
}

async function solve(problem: Problem): Promise<Plan> {
  assert.deepEqual(checkProblem(problem), []);
  // What is written and read again is the same problem.
  assert.deepEqual(readProblem(JSON.stringify(problem)), problem);
  const { plan } = await solveHere(problem, { gap: 0, seconds: 30 });
  assert.ok(plan !== null);
  assert.deepEqual(checkPlan(problem, plan).faults, []);
  return plan;
}

const stepsOf = ({ moves, stays }: Plan): string[] =>
  [...moves, ...stays].flatMap(({ steps }) =>
    steps.map(({ action, months, lots }) => [action, months || '', lots ?? ''].join(' ').trim()),
  );

test('without rules the contract is extended until the target is open', async () => {
  const plan = await solve({ ...problemWith({ kind: 'separate roles' }), rules: [] });
  assert.deepEqual(stepsOf(plan), ['extend 12', 'bridge 3', 'lapse']);
  assert.equal(plan.moves[0]?.startQuarter, 8);
});

test('no contract goes on beyond the limit of its value, and what is bought again is bought in as many as it takes', async () => {
  // Two years were two million: with a year more it is three.
  const limit = (most: number) => ({ kind: 'value limit', most: most * pound }) as const;
  assert.deepEqual(stepsOf(await solve(problemWith(limit(3_500_000)))), ['extend 12', 'bridge 3', 'lapse']);
  assert.deepEqual(stepsOf(await solve(problemWith(limit(3_000_000)))), ['renew 24', 'lapse']);
  assert.deepEqual(stepsOf(await solve(problemWith(limit(2_000_000)))), ['renew 24 2', 'lapse']);
  const tight = await solve(problemWith(limit(300_000)));
  assert.equal(tight.moves.length, 0, 'a contract at the target would be worth too much');
  const priced = await solve(problemWith(limit(2_000_000), { treatment: 'price', price: 1_000 * pound }));
  assert.deepEqual(stepsOf(priced), ['extend 12', 'bridge 3', 'lapse'], 'at a small price it is broken');
});

test('hosting runs no longer than its limit, and is bought again for the shorter time', async () => {
  const limit = { kind: 'term limit', contractKind: 'hosting', months: 24 } as const;
  assert.deepEqual(stepsOf(await solve(problemWith(limit))), ['renew 24', 'lapse']);
  const ofNetworks = { ...limit, contractKind: 'network' };
  assert.deepEqual(stepsOf(await solve(problemWith(ofNetworks))), ['extend 12', 'bridge 3', 'lapse']);
});

test('of two contracts by which a supplier has both roles, the one that ends first is bought again from somebody else', async () => {
  const beside = (endsOn: string, id = 'integration'): SystemPart => ({
    ...part,
    contract: { ...contract, ruled: { ...ruled, otherRoles: [{ id, name: 'Integration of the mills', endsOn }] } },
  });
  const ruled = contract.ruled ?? assert.fail();
  const apart = (other: SystemPart) => solve(problemWith({ kind: 'separate roles' }, {}, other));
  assert.deepEqual(stepsOf(await apart(beside('2028-06-30'))), ['renew 24', 'lapse']);
  assert.deepEqual(stepsOf(await apart(beside('2027-11-30'))), ['extend 12', 'bridge 3', 'lapse'], 'it ends first');
  // Of two that end on one day exactly one is carried on.
  assert.deepEqual(stepsOf(await apart(beside('2027-12-31', 'a'))), ['renew 24', 'lapse']);
  assert.deepEqual(stepsOf(await apart(beside('2027-12-31', 'z'))), ['extend 12', 'bridge 3', 'lapse']);
});

const approval = {
  kind: 'approval',
  about: 'digital',
  threshold: 1_100_000 * pound,
  addsUp: false,
  leadMonths: 0,
  by: 'The treasury',
} as const;

test('an approval forbids nothing: it is listed with who gives it and the last day to ask for it', async () => {
  const problem = problemWith(approval);
  const plan = await solve(problem);
  assert.deepEqual(stepsOf(plan), ['extend 12', 'bridge 3', 'lapse']);
  const list = readApprovals(problem, plan).map(({ action, by, askBy, neededOn, amount, isLate }) => ({
    action,
    by,
    askBy,
    neededOn,
    amount: amount / pound,
    isLate,
  }));
  const asked = { by: 'The treasury', isLate: false };
  assert.deepEqual(list, [
    // The option lapses three months before the end; what the contract comes to is counted from its first day on.
    { action: 'extend', ...asked, askBy: '2027-10-01', neededOn: '2028-01-01', amount: 3_000_000 },
    { action: 'bridge', ...asked, askBy: '2029-01-01', neededOn: '2029-01-01', amount: 3_312_500 },
    { action: 'move', ...asked, askBy: '2029-01-01', neededOn: '2029-01-01', amount: 1_100_000 },
  ]);
  const dearer = problemWith({ ...approval, threshold: 5_000_000 * pound });
  assert.deepEqual(readApprovals(dearer, await solve(dearer)), []);
});

test('an approval that takes time delays what waits for it, and what it costs to wait is said', async () => {
  const slow = problemWith({ ...approval, leadMonths: 30 });
  const plan = await solve(slow);
  // Thirty months are ten quarters; what is bought again by then is paid for a quarter longer.
  assert.equal(plan.moves[0]?.startQuarter, 11);
  assert.ok(!stepsOf(plan).includes('extend 12'), 'the first option lapses before it could be approved');
  const [value] = valueRules(slow, plan);
  const free = await solve({ ...slow, rules: [] });
  assert.ok(value !== undefined && value.value === plan.value);
  assert.equal(value.without, free.value, 'what the plan is worth without the rule');
  const priced = problemWith({ ...approval, leadMonths: 30 }, { treatment: 'price', price: 1_000 * pound });
  const soon = await solve(priced);
  assert.equal(soon.moves[0]?.startQuarter, 8);
  assert.ok(readApprovals(priced, soon).some(({ action, isLate }) => action === 'move' && isLate));
  // What is under way was approved before: it waits for nobody.
  const begun = { ...part, ways: part.ways.map((way) => ({ ...way, isBegun: true as const })) };
  const fixed = [{ partId: part.id, startQuarter: 8, wayId: null, because: 'It is under way.' }];
  const underWay = await solve({ ...problemWith({ ...approval, leadMonths: 30 }, {}, begun), fixed });
  assert.equal(underWay.moves[0]?.startQuarter, 8);
});

test('pieces of one need that are each below a threshold are added up, where the rules say so', async () => {
  const pieces = ['one', 'two'].map((id) => ({
    ...part,
    id,
    contract: { ...contract, id: `contract ${id}` },
  }));
  const above = { ...approval, threshold: 2_000_000 * pound, addsUp: true };
  const problem = problemWith(above, {}, ...pieces);
  const moves = readApprovals(problem, await solve(problem)).filter(({ action }) => action === 'move');
  assert.deepEqual(
    moves.map(({ of, amount, pieces: count, things }) => [of, amount / pound, count, things]),
    [['Hosting', 2_200_000, 2, 2]],
  );
  const each = problemWith({ ...above, addsUp: false }, {}, ...pieces);
  assert.ok(readApprovals(each, await solve(each)).every(({ action }) => action !== 'move'));
  const elsewhere = pieces.map((piece, index) => (index === 0 ? piece : { ...piece, needKey: 'something-else' }));
  const apart = problemWith(above, {}, ...elsewhere);
  assert.ok(readApprovals(apart, await solve(apart)).every(({ action }) => action !== 'move'));
});

test('a rule counts only for what is done while it is in force', async () => {
  const limit = { kind: 'term limit', contractKind: 'hosting', months: 24 } as const;
  assert.deepEqual(stepsOf(await solve(problemWith(limit, { until: 12 }))), ['extend 12', 'bridge 3', 'lapse']);
  assert.deepEqual(stepsOf(await solve(problemWith(limit, { from: 25 }))), ['extend 12', 'bridge 3', 'lapse']);
  assert.deepEqual(stepsOf(await solve(problemWith(limit, { from: 24 }))), ['renew 24', 'lapse']);
});

test('a demand that a rule makes impossible is named with the rule and the part that clashes with it', async () => {
  const fixed = { partId: 'register', startQuarter: 8, wayId: null, because: 'the minister said so' };
  const problem = { ...problemWith({ ...approval, leadMonths: 30 }), fixed: [fixed] };
  assert.deepEqual(await findConflict(problem), [
    'The rule is honoured: The rule',
    'Mill register: hosting moves in quarter 9, as was decided',
  ]);
});

test('a contract that rules leave no way to go on with is named with them', async () => {
  const {
    ruled = assert.fail(),
    renewal: { shorterMonths: _shorter, ...renewal },
  } = contract;
  const limit = { kind: 'term limit', contractKind: 'hosting', months: 24 } as const;
  const stuck = { ...part, contract: { ...contract, ruled, renewal } };
  const free = { ...part, id: 'other', name: 'Weir register: hosting', contract: null };
  const problem = problemWith(limit, {}, stuck, free);
  assert.equal((await solveHere(problem, { gap: 0, seconds: 20 })).ended, 'impossible');
  assert.deepEqual(await findConflict(problem), [
    'Common hosting cannot be open before quarter 9',
    'The rule is honoured: The rule',
    'Mill register: hosting needs its contract “Hosting of the mill register” until it has moved',
  ]);
});

test('the checker finds by itself every breach of a rule that is honoured, and nothing else', async () => {
  const found = new Map<string, number>();
  for (let seed = 1; seed <= 200; seed += 1) {
    const problem = smallProblem(seed, { parts: 5 });
    const free = {
      ...problem,
      rules: problem.rules.map((rule) => ({ ...rule, treatment: 'price' as const, price: 0 })),
    };
    const { plan } = await solveHere(free, { gap: 1, seconds: 20 });
    if (plan === null) continue;
    for (const rule of problem.rules) {
      const alone = { ...problem, rules: [{ ...rule, treatment: 'honour' as const }] };
      const isBroken = findRuledActs(alone, plan).some(({ findings }) => findings.some((each) => each.isBroken));
      const { faults } = checkPlan(alone, plan);
      assert.equal(faults.length > 0, isBroken, `seed ${seed}, ${rule.title}: ${faults.join(' ')}`);
      if (!isBroken) continue;
      assert.ok(faults.every((fault) => fault.includes(`"${rule.title}" forbids that.`)));
      const kind = rule.demand?.kind ?? 'named by contracts';
      found.set(kind, (found.get(kind) ?? 0) + 1);
    }
  }
  assert.deepEqual([...found.keys()].toSorted(), [
    'approval',
    'named by contracts',
    'separate roles',
    'term limit',
    'value limit',
  ]);
  for (const [kind, count] of found) assert.ok(count > 8, `${kind}: ${count}`);
});

test('what a plan would be worth without a rule is no less than with it, and no more than the best plan without it', async () => {
  let costly = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const problem = smallProblem(seed, { parts: 5 });
    const { plan } = await solveHere(problem, { gap: 0, seconds: 20 });
    if (plan === null) continue;
    for (const { ruleId, value, without } of valueRules(problem, plan)) {
      const free = { ...problem, rules: problem.rules.filter(({ id }) => id !== ruleId) };
      const best = await solveHere(free, { gap: 0, seconds: 20 });
      assert.ok(value === plan.value && without >= value, `seed ${seed}`);
      assert.ok(without <= (best.plan?.value ?? 0), `seed ${seed}, ${ruleId}: ${without} and ${best.plan?.value}`);
      if (without > value) costly += 1;
    }
  }
  assert.ok(costly > 8, String(costly));
});
