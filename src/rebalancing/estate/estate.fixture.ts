import { createOrganisation, newOrganisationId } from '#organisations';
import type { Database, Tx } from '#platform';
import { createTestDatabase, type TestDatabase } from '../../../testing/database.ts';
import type { Source } from './statements.ts';
import { findOrAddDepartment } from './suppliers/departments.ts';

/** A government with an estate, for tests. */
export interface TestEstate {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly governmentId: string;
  /** Works as somebody in the government, who sees all of the estate. */
  readonly transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** A department in the estate. */
  readonly addDepartment: (name: string) => Promise<string>;
}

export async function openTestEstate(): Promise<TestEstate> {
  const test = await createTestDatabase();
  const governmentId = newOrganisationId();
  const transact = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    test.database.transact({ organisationId: governmentId, actor: { kind: 'system', name: 'Nadia Roth' } }, work);
  await transact((tx) =>
    createOrganisation(tx, { parentId: null, slug: 'government', name: 'Government', kind: 'government' }),
  );
  return {
    test,
    database: test.database,
    governmentId,
    transact,
    addDepartment: async (name) => (await transact((tx) => findOrAddDepartment(tx, { name }))).id,
  };
}

/** What a person says on a day. */
export function saidOn(statedOn: string, name = 'asked the owner'): Source {
  return { kind: 'person', name, statedOn };
}
