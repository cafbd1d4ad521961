import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { contractChoices } from '../contracts/contract-dates.ts';
import { shareContract } from '../contracts/contract-shares.ts';
import { getContract, saveContract, termsOf, type ContractValues } from '../contracts/contracts.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { getSystem, saveSystem, type SystemValues } from '../systems/systems.ts';
import { findBreaches, lifetimeCost, monthsBetween, rulesOnChoice } from './breaches.ts';
import { listRulePacks, packOn, saveRulePack } from './rule-packs.ts';
import { listRuledContracts } from './ruled-contracts.ts';
import { unitedKingdomPacks } from './united-kingdom-packs.ts';

const { transact, addDepartment } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');
const forests = await addDepartment('Department of Forests');
const kelp = (await transact((tx) => findOrAddSupplier(tx, { name: 'Kelp Systems' }))).id;
const [pack2013, packOfJuly, pack2014] = unitedKingdomPacks;
assert.ok(pack2013 !== undefined && packOfJuly !== undefined && pack2014 !== undefined);

/** A contract that runs in 2014, for the application of a system of its own. */
async function contractFor(
  values: Partial<ContractValues>,
  system: Partial<SystemValues> & { need?: string } = {},
): Promise<string> {
  const title = values.title ?? 'A contract';
  const { need, ...of } = system;
  return transact(async (tx) => {
    const source = saidOn('2013-01-01');
    const departmentId = values.departmentId ?? harbours;
    const saved = await saveSystem(
      tx,
      { departmentId, name: title, area: 'mission IT', ...of, parts: [{ kind: 'application', needKey: need ?? null }] },
      source,
    );
    const { id } = await saveContract(
      tx,
      {
        departmentId,
        title,
        kind: 'licence',
        value: 1_000_00,
        startsOn: '2013-06-01',
        endsOn: '2015-05-31',
        renewalMonths: 0,
        ...values,
      },
      source,
    );
    const partId = (await getSystem(tx, saved.id)).parts[0]?.id ?? '';
    await shareContract(tx, { contractId: id, partId, shareBasisPoints: 10_000 });
    return id;
  });
}

async function breachesOf(id: string, pack = pack2014, asAt = '2014-06-01'): Promise<[string, string][]> {
  assert.ok(pack !== undefined);
  const found = findBreaches(pack, await transact(listRuledContracts), asAt);
  return found.filter((breach) => breach.contractIds.includes(id)).map((breach) => [breach.rule.key, breach.reason]);
}

const million = 100_000_000;

test('the pack is chosen by the day, and each threshold counts from its own amount on', async () => {
  const packs = await transact(listRulePacks);
  assert.equal(packOn(packs, '2013-04-30'), null);
  assert.equal(packOn(packs, '2013-07-02')?.key, 'united-kingdom-2013');
  assert.equal(packOn(packs, '2013-07-03')?.key, 'united-kingdom-july-2013');
  assert.equal(packOn(packs, '2014-01-23')?.key, 'united-kingdom-july-2013');
  assert.equal(packOn(packs, '2014-01-24')?.key, 'united-kingdom-2014');
  const mission = await contractFor({ title: 'Tides', value: 5 * million });
  assert.deepEqual(
    (await breachesOf(mission)).map(([key]) => key),
    ['approval-technology'],
  );
  const below = await contractFor({ title: 'Tides below', value: 5 * million - 1 });
  assert.deepEqual(await breachesOf(below), []);
  const office = await contractFor({ title: 'Ledger', value: million }, { area: 'back office' });
  assert.deepEqual(
    (await breachesOf(office)).map(([key]) => key),
    ['approval-back-office'],
  );
  const digital = await contractFor({ title: 'Permits', value: 99_999_99 }, { area: 'digital public services' });
  assert.deepEqual(await breachesOf(digital), []);
  assert.deepEqual(
    (await breachesOf(digital, pack2013, '2013-07-01')).map(([key]) => key),
    ['approval-digital'],
  );
  assert.deepEqual(await breachesOf(digital, packOfJuly, '2013-08-01'), []);
  const identity = await contractFor(
    { title: 'Sign-in', value: 100 },
    { area: 'digital public services', need: 'signing-people-in' },
  );
  assert.deepEqual(
    (await breachesOf(identity)).map(([key]) => key),
    ['approval-identity-and-new-transactions'],
  );
  const network = await contractFor({ title: 'Wires', value: 100_000_00, kind: 'network' });
  assert.deepEqual(
    (await breachesOf(network, pack2013, '2013-07-01')).map(([key]) => key),
    ['approval-network-infrastructure'],
  );
});

test('every rule that the program brings says where it comes from', () => {
  for (const pack of unitedKingdomPacks) {
    for (const rule of pack.rules) assert.ok((rule.source ?? '').length > 20, `${pack.key}: ${rule.key}`);
    assert.equal(new Set(pack.rules.map(({ key }) => key)).size, pack.rules.length);
  }
  const days = unitedKingdomPacks.map(({ from, until }) => [from, until]);
  assert.deepEqual(days, [
    ['2013-05-01', '2013-07-02'],
    ['2013-07-03', '2014-01-23'],
    ['2014-01-24', null],
  ]);
});

test('the red lines of 2014: size, self-renewal, long hosting, and one supplier in both roles', async () => {
  const large = await contractFor({ title: 'Everything', value: 100 * million + 1 });
  assert.ok(
    (await breachesOf(large)).some(
      ([key, reason]) => key === 'value-limit' && /100,000,000\.01 over its life/.test(reason),
    ),
  );
  const renewing = await contractFor({ title: 'Evergreen', renewalMonths: 12 });
  assert.deepEqual(
    (await breachesOf(renewing)).map(([key]) => key),
    ['no-automatic-extension'],
  );
  const longHosting = await contractFor({ title: 'Racks', kind: 'hosting', endsOn: '2015-06-01' });
  assert.deepEqual(await breachesOf(longHosting), [
    ['hosting-term', 'It runs for 25 months; the limit for hosting is 24.'],
  ]);
  const twoYears = await contractFor({ title: 'Racks for two years', kind: 'hosting' });
  assert.deepEqual(await breachesOf(twoYears), []);
  const provides = await contractFor({ title: 'Run of dues', kind: 'service provision', supplierId: kelp });
  const elsewhere = await contractFor({
    title: 'Joining of dues',
    kind: 'integration',
    supplierId: kelp,
    departmentId: forests,
  });
  assert.deepEqual(await breachesOf(provides), []);
  const integrates = await contractFor({ title: 'Joining of berths', kind: 'integration', supplierId: kelp });
  assert.deepEqual(await breachesOf(elsewhere), []);
  assert.deepEqual(await breachesOf(integrates), await breachesOf(provides));
  assert.deepEqual(await breachesOf(provides), [
    [
      'separate-roles',
      'Kelp Systems provides “Run of dues” and integrates “Joining of berths” for Department of Harbours.',
    ],
  ]);
});

test('pieces of one need that are each below a threshold are added up, in 2014 and not in 2013', async () => {
  const pieces = [];
  for (const name of ['north', 'south', 'east']) {
    pieces.push(
      await contractFor(
        { title: `Roster ${name}`, value: 0.4 * million, departmentId: forests },
        { area: 'back office', need: 'rostering' },
      ),
    );
  }
  for (const piece of pieces) {
    const [[key, reason] = []] = await breachesOf(piece);
    assert.equal(key, 'approval-back-office');
    assert.equal(
      reason,
      '3 contracts of Department of Forests for one need are each below £1,000,000, and come to £1,200,000 together.',
    );
    assert.deepEqual(await breachesOf(piece, pack2013, '2013-07-01'), []);
  }
});

test('only what a rule is about is added up for it', async () => {
  const [dear, cheap, alsoCheap] = [
    await contractFor(
      { title: 'Hosting of a mill', value: 3 * million, departmentId: forests },
      { need: 'application-hosting' },
    ),
    await contractFor(
      { title: 'Hosting of a website', value: 60_000_00, departmentId: forests },
      { area: 'digital public services', need: 'application-hosting' },
    ),
    await contractFor(
      { title: 'Hosting of a form', value: 50_000_00, departmentId: forests },
      { area: 'digital public services', need: 'application-hosting' },
    ),
  ];
  assert.deepEqual(await breachesOf(dear), [], 'it is below 5 million, and no digital service');
  const together =
    '2 contracts of Department of Forests for one need are each below £100,000, and come to £110,000 together.';
  for (const id of [cheap, alsoCheap]) assert.deepEqual(await breachesOf(id), [['approval-digital', together]]);
});

test('a way to end a contract can break a rule that the contract itself does not', async () => {
  const id = await contractFor({
    title: 'Extendable racks',
    kind: 'hosting',
    yearlyCost: 500_000_00,
    value: million,
    extensions: [{ months: 12, upliftBasisPoints: 0, decideBy: null, likeForLike: true, takenOn: null }],
  });
  assert.deepEqual(await breachesOf(id), []);
  const contract = await transact((tx) => getContract(tx, id));
  const terms = termsOf(contract);
  assert.ok(terms !== null);
  const [lapse, extend] = contractChoices(terms, { asAt: '2014-06-01', until: '2020-01-01' });
  assert.ok(lapse !== undefined && extend !== undefined);
  assert.deepEqual(rulesOnChoice(pack2014, contract, lapse), []);
  assert.deepEqual(
    rulesOnChoice(pack2014, contract, extend).map(({ rule }) => rule.key),
    ['hosting-term'],
  );
  assert.deepEqual(
    rulesOnChoice(pack2013, contract, extend).map(({ rule }) => rule.key),
    ['no-like-for-like-extension'],
  );
  assert.equal(lifetimeCost(contract, extend.endsOn), 1.5 * million);
});

test('a threshold can be changed, a local pack goes before the one it was copied from, and nonsense is refused', async () => {
  await transact((tx) =>
    saveRulePack(tx, {
      ...pack2014,
      key: 'local',
      name: 'Ours',
      from: '2020-01-01',
      rules: pack2014.rules.map((rule) =>
        rule.kind === 'value limit'
          ? { ...rule, threshold: 2_500_000 }
          : rule.kind === 'term limit'
            ? { ...rule, months: 18 }
            : rule.kind === 'approval' && rule.about === 'digital'
              ? { ...rule, threshold: 250_000_000 }
              : rule,
      ),
    }),
  );
  const packs = await transact(listRulePacks);
  assert.equal(packOn(packs, '2021-01-01')?.name, 'Ours');
  // The words say what the rule is now, not what it was.
  const words = packOn(packs, '2021-01-01')?.rules.map((rule) => rule.words) ?? [];
  assert.ok(words.includes('No contract is worth more than 25 thousand'), words.join('; '));
  assert.ok(words.includes('Hosting is bought for no longer than 18 months'));
  assert.ok(words.includes('Anything for identity, and any new transaction for the public, needs approval'));
  assert.ok(words.includes('Digital services of 2.5 million or more need approval'));
  assert.equal(packOn(packs, '2019-01-01')?.key, 'united-kingdom-2014');
  await assert.rejects(
    transact((tx) => saveRulePack(tx, { ...pack2014, until: '2013-01-01' })),
    /end before they begin/,
  );
  await assert.rejects(
    transact((tx) => saveRulePack(tx, { ...pack2014, from: '2014-02-30' })),
    /is no day/,
  );
  const [rule] = pack2014.rules;
  assert.ok(rule?.kind === 'value limit');
  await assert.rejects(
    transact((tx) => saveRulePack(tx, { ...pack2014, rules: [{ ...rule, threshold: -1 }] })),
    /no pack of rules/,
  );
});

test('months of a term are counted with both days in it', () => {
  assert.equal(monthsBetween('2013-06-01', '2015-05-31'), 24);
  assert.equal(monthsBetween('2013-06-01', '2015-06-01'), 25);
  assert.equal(monthsBetween('2024-01-31', '2024-02-28'), 1);
  assert.equal(monthsBetween('2024-03-05', '2024-03-05'), 1);
});
