import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../testing/database.ts';
import { addPerson, createOrganisation, createService, giveRole, newOrganisationId, type Role } from '#organisations';
import { createKeyring, newId, newReference, type Keyring, type Tx } from '#platform';
import { openCase, type PersonNamed } from './cases.ts';

/** A department with a service that has cases, for tests. */
export interface Department {
  readonly id: string;
  readonly serviceId: string;
  readonly transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly addService: (name: string, retentionDays?: number) => Promise<string>;
  readonly hire: (name: string, role: Role, serviceId?: string | null) => Promise<PersonNamed>;
}

export const address = 'efua@example.com';

export async function openTestCasework(): Promise<{
  test: TestDatabase;
  keyring: Keyring;
  government: Department;
  addDepartment: (name: string) => Promise<Department>;
}> {
  const test = await createTestDatabase();
  const keyring = createKeyring([randomBytes(32).toString('base64')]);
  const government = await createDepartment(test, 'Government', null);
  return { test, keyring, government, addDepartment: (name) => createDepartment(test, name, government.id) };
}

async function createDepartment(
  { database }: TestDatabase,
  name: string,
  parentId: string | null,
): Promise<Department> {
  const id = newOrganisationId();
  const actor = { kind: 'system', name: 'test' } as const;
  const transact = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    database.transact({ organisationId: id, actor }, work);
  const addService = (serviceName: string, retentionDays = 90): Promise<string> =>
    transact((tx) =>
      createService(tx, {
        slug: slugOf(`${name} ${serviceName}`),
        name: serviceName,
        summary: 'For tests.',
        phase: 'live',
        audience: 'public',
        opensOn: null,
        closesOn: null,
        contact: 'help@example.com',
        retentionDays,
      }),
    );
  await transact((tx) =>
    createOrganisation(tx, {
      parentId,
      slug: slugOf(name),
      name,
      kind: parentId === null ? 'government' : 'department',
    }),
  );
  return {
    id,
    transact,
    addService,
    serviceId: await addService('Apply for a market stall licence'),
    hire: (personName, role, serviceId = null) =>
      transact(async (tx) => {
        const personId = await addPerson(tx, { name: personName, email: `${slugOf(personName)}.${id}@example.gov` });
        await giveRole(tx, { personId, role, serviceId, givenBy: 'test' });
        return { id: personId, name: personName };
      }),
  };
}

/** Opens a case as a submission would. */
export function openTestCase(
  department: Department,
  keyring: Keyring,
  values: Partial<Parameters<typeof openCase>[2]> = {},
): Promise<{ caseId: string; reference: string }> {
  const reference = values.reference ?? newReference();
  return department.transact(async (tx) => ({
    reference,
    ...(await openCase(tx, keyring, {
      serviceId: department.serviceId,
      submissionId: newId(),
      title: 'Market stall licence',
      answers: [
        { question: 'What will you sell?', answer: ['Smoked fish'] },
        { question: 'Where do you live?', answer: ['12 Harbour Road', 'Port Ansa'] },
      ],
      applicantEmail: address,
      applicantName: 'Efua Mensah',
      ...values,
      reference,
    })),
  }));
}

function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
