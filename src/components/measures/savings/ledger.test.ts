import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  recordActualSaving,
  recordBaseline,
  recordPlannedSaving,
  recordSystemCost,
  recordTransition,
  withdrawSystemCost,
  type Saving,
  type SystemCost,
} from '#measures';
import { newId } from '#platform';
import { createTestDatabase } from '../../../../testing/database.ts';
import { measuresTables } from '../database.ts';
import { takeOn } from '../../../../testing/departments.ts';

const { database } = await createTestDatabase();
const government = await takeOn(database, 'government', null);
const trade = await takeOn(database, 'trade', government.organisationId);

suite('the ledger of savings', () => {
  test('the same figure again changes nothing, and another needs a reason and leaves the first to be seen', async () => {
    const transitionId = await begin('licences');
    const planned = saving(transitionId, 250_000_00);
    await record(planned);
    await record(planned);
    await assert.rejects(record({ ...planned, amount: pounds(200_000_00) }), /Say why it is corrected/);
    await record({ ...planned, amount: pounds(200_000_00), reason: 'The contract ends a quarter later.' });
    assert.deepEqual(await figuresOf(transitionId), [
      { revision: 1, amount: 250_000_00, reason: null },
      { revision: 2, amount: 200_000_00, reason: 'The contract ends a quarter later.' },
    ]);
  });

  test('a figure that is recorded is never changed or removed, even by a wrong query', async () => {
    const transitionId = await begin('permanent');
    await record(saving(transitionId, 1_00));
    await assert.rejects(
      database.transact(government.scope, (tx) =>
        measuresTables(tx).updateTable('savings').set({ amount: 2 }).execute(),
      ),
      /permission denied/,
    );
    await assert.rejects(
      database.transact(government.scope, (tx) => measuresTables(tx).deleteFrom('baselines').execute()),
      /permission denied/,
    );
  });

  test('two corrections at once both stand, one after the other', async () => {
    const transitionId = await begin('raced');
    await record(saving(transitionId, 1_00));
    await Promise.all([2_00, 3_00].map((pence) => record({ ...saving(transitionId, pence), reason: 'recounted' })));
    assert.deepEqual(
      (await figuresOf(transitionId)).map(({ revision }) => revision),
      [1, 2, 3],
    );
  });

  test('a baseline may have no transactions, an outcome is one of three, and evidence is asked for', async () => {
    const transitionId = await begin('checked');
    const baseline = {
      transitionId,
      from: '2025-01-01',
      to: '2025-12-31',
      cost: pounds(1_000_000_00),
      transactions: null,
      quality: 'estimated',
      evidence: 'Contract GC-12',
    } as const;
    await database.transact(government.scope, (tx) => recordBaseline(tx, baseline));
    await assert.rejects(
      database.transact(government.scope, (tx) => recordBaseline(tx, { ...baseline, from: '2025-02-30' })),
      /real dates/,
    );
    await assert.rejects(
      database.transact(government.scope, (tx) => recordBaseline(tx, { ...baseline, transitionId: newId() })),
      /not in the ledger/,
    );
    const actual = { ...saving(transitionId, 5_00), outcome: 'avoided' } as const;
    await database.transact(government.scope, (tx) => recordActualSaving(tx, actual));
    await assert.rejects(
      database.transact(government.scope, (tx) => recordActualSaving(tx, { ...actual, evidence: ' ' })),
      /evidence/,
    );
    await assert.rejects(
      database.transact(government.scope, (tx) =>
        recordActualSaving(tx, JSON.parse(JSON.stringify({ ...actual, outcome: 'hoped for' }))),
      ),
      /outcome/,
    );
  });
});

suite("a service's share of a contract", () => {
  const cost: SystemCost = {
    contractKey: 'contract 1',
    serviceOrganisationId: trade.organisationId,
    serviceId: trade.serviceId,
    systemName: 'Licensing system',
    from: '2026-01-01',
    to: '2026-12-31',
    contractAmount: pounds(999_99),
    share: 0.35,
    quality: 'measured',
    evidence: 'Contract GC-12',
  };

  test('it is recorded once, corrected by recording it otherwise, and taken away without being erased', async () => {
    await push(cost);
    await push(cost);
    await push({ ...cost, share: 0.5 });
    await database.transact(government.scope, (tx) =>
      withdrawSystemCost(tx, { contractKey: 'contract 1', serviceId: trade.serviceId, evidence: 'not used' }),
    );
    const rows = await database.transact(government.scope, (tx) =>
      measuresTables(tx).selectFrom('system_costs').select(['revision', 'amount']).orderBy('revision').execute(),
    );
    assert.deepEqual(rows, [
      { revision: 1, amount: 350_00 },
      { revision: 2, amount: 500_00 },
      { revision: 3, amount: null },
    ]);
  });

  test('a share above one, or days that cannot be, are refused', async () => {
    await assert.rejects(push({ ...cost, share: 1.1 }), /from 0 to 1/);
    await assert.rejects(push({ ...cost, to: '2025-12-31' }), /real dates/);
  });

  async function push(values: SystemCost): Promise<void> {
    await database.transact(government.scope, (tx) => recordSystemCost(tx, values));
  }
});

async function begin(name: string): Promise<string> {
  const transitionId = newId();
  await database.transact(government.scope, (tx) =>
    recordTransition(tx, {
      transitionId,
      name,
      departmentId: trade.organisationId,
      serviceId: trade.serviceId,
      carriedOutOn: null,
    }),
  );
  return transitionId;
}

function saving(transitionId: string, minorUnits: number): Saving {
  return {
    transitionId,
    quarter: '2026-Q1',
    amount: pounds(minorUnits),
    quality: 'estimated',
    evidence: 'Scenario 3, version 2',
  };
}

async function record(values: Saving): Promise<void> {
  await database.transact(government.scope, (tx) => recordPlannedSaving(tx, values));
}

async function figuresOf(transitionId: string) {
  return database.transact(government.scope, (tx) =>
    measuresTables(tx)
      .selectFrom('savings')
      .select(['revision', 'amount', 'reason'])
      .where('transition_id', '=', transitionId)
      .orderBy('revision')
      .execute(),
  );
}

function pounds(minorUnits: number) {
  return { minorUnits, currency: 'GBP' };
}
