import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#platform';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import type { Source } from '../statements.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { getSystem, saveSystem } from '../systems/systems.ts';
import { contractDates } from './contract-dates.ts';
import { listContractShares, shareContract } from './contract-shares.ts';
import { getContract, saveContract, termsOf, type ContractValues } from './contracts.ts';

const { transact, addDepartment } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');
const register: Source = { kind: 'file', name: 'contracts.xlsx', statedOn: '2026-03-01' };
const supplier = await transact((tx) => findOrAddSupplier(tx, { name: 'Kelp & Sons Ltd' }));

const hosting: ContractValues = {
  departmentId: harbours,
  reference: 'C-7',
  title: 'Hosting of the tide register',
  supplierId: supplier.id,
  kind: 'hosting',
  value: 90_000_000,
  yearlyCost: 30_000_000,
  startsOn: '2024-04-01',
  endsOn: '2027-03-31',
  notice: { count: 6, unit: 'months' },
  renewalMonths: 0,
  extensions: [
    { months: 12, upliftBasisPoints: 250, decideBy: null, likeForLike: true, takenOn: null },
    { months: 12, upliftBasisPoints: 250, decideBy: null, likeForLike: true, takenOn: null },
  ],
};

test('a contract is kept with its options and dates, and saying it again changes nothing', async () => {
  const first = await transact((tx) => saveContract(tx, hosting, register));
  assert.equal(first.outcome, 'added');
  const again = await transact((tx) => saveContract(tx, hosting, register));
  assert.deepEqual([again.id, again.outcome], [first.id, 'unchanged']);
  const contract = await transact((tx) => getContract(tx, first.id));
  assert.equal(contract.supplierName, 'Kelp & Sons Ltd');
  const terms = termsOf(contract);
  assert.ok(terms !== null);
  assert.deepEqual(contractDates(terms, '2026-04-01').decision, {
    by: '2026-09-30',
    kind: 'extension',
    endsOn: '2027-03-31',
  });
  const [one, two] = hosting.extensions ?? [];
  assert.ok(one !== undefined && two !== undefined);
  await transact((tx) =>
    saveContract(
      tx,
      {
        id: first.id,
        departmentId: harbours,
        title: hosting.title,
        extensions: [{ ...one, takenOn: '2026-05-02' }, two],
      },
      saidOn('2026-05-02'),
    ),
  );
  const extended = termsOf(await transact((tx) => getContract(tx, first.id)));
  assert.ok(extended !== null);
  assert.equal(contractDates(extended, '2026-06-01').endsOn, '2028-03-31');
});

test('a contract that cannot be is refused in words', async () => {
  const save = (values: Partial<ContractValues>) =>
    transact((tx) => saveContract(tx, { ...hosting, reference: 'C-8', title: 'Wrong', ...values }, register));
  const refused = async (values: Partial<ContractValues>, message: RegExp): Promise<void> => {
    await assert.rejects(
      save(values),
      (error) => error instanceof Problem && error.kind === 'unprocessable' && message.test(error.message),
    );
  };
  await refused({ endsOn: '2024-03-31' }, /ends on 2024-03-31, before it starts on 2024-04-01/);
  await refused({ endsOn: '2026-02-30' }, /"2026-02-30", which is no day/);
  await refused({ value: -1 }, /value of "Wrong" is negative/);
  await refused({ title: ' ' }, /has no title/);
  await refused({ renewalMonths: 1.5 }, /renews by 1.5 months/);
  await refused({ notice: { count: -1, unit: 'days' } }, /notice period of "Wrong" is -1 days/);
  const option = { months: 12, upliftBasisPoints: 0, decideBy: null, likeForLike: null, takenOn: null };
  await refused({ extensions: [option, { ...option, takenOn: '2026-01-01' }] }, /taken in order/);
  // An end is weighed against the start that is known already, too.
  const { id } = await transact((tx) => saveContract(tx, { ...hosting, reference: 'C-9' }, register));
  await assert.rejects(
    transact((tx) =>
      saveContract(
        tx,
        { id, departmentId: harbours, title: hosting.title, endsOn: '2023-01-01' },
        saidOn('2026-07-01'),
      ),
    ),
    /before it starts/,
  );
});

test('the shares of a contract are never more than the whole', async () => {
  const { id: contractId } = await transact((tx) => saveContract(tx, { ...hosting, reference: 'C-10' }, register));
  const parts = await transact(async (tx) => {
    const { id } = await saveSystem(
      tx,
      { departmentId: harbours, name: 'Tide register', parts: [{ kind: 'hosting' }] },
      register,
    );
    return (await getSystem(tx, id)).parts;
  });
  const [one, two] = parts;
  assert.ok(one !== undefined && two !== undefined);
  const share = (partId: string, shareBasisPoints: number) =>
    transact((tx) => shareContract(tx, { contractId, partId, shareBasisPoints }));
  await share(one.id, 6000);
  await assert.rejects(share(two.id, 4001), /come to 100.01%/);
  await share(two.id, 4000);
  await share(one.id, 5000);
  assert.deepEqual(
    (await transact((tx) => listContractShares(tx, { contractIds: [contractId] })))
      .map((each) => each.shareBasisPoints)
      .toSorted((share1, share2) => share1 - share2),
    [4000, 5000],
  );
});

test('spellings of a supplier that differ in case, punctuation and kind of company are one', async () => {
  for (const name of ['KELP AND SONS LIMITED', 'Kelp & Sons, Ltd.', ' kelp & sons plc']) {
    assert.deepEqual(await transact((tx) => findOrAddSupplier(tx, { name })), { id: supplier.id, isNew: false });
  }
  assert.equal((await transact((tx) => findOrAddSupplier(tx, { name: 'Kelp' }))).isNew, true);
});
