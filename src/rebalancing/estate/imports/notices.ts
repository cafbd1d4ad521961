import { RowProblem, type Calendar, type Importer, type SheetRow, type Tx } from '#platform';
import { saveContract } from '../contracts/contracts.ts';
import { estateTables } from '../database.ts';
import { findOrAddDepartment } from '../suppliers/departments.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { findTerms, type FoundTerms } from './contract-words.ts';
import { asOption } from './contracts.ts';
import { contractsOf, isTechnology, type StatedContract } from './ocds/contracts.ts';
import { mergeReleases } from './ocds/merge.ts';
import { asRelease, faultsOf, readReleases, type Release } from './ocds/releases.ts';
import { createHash } from 'node:crypto';
import { newId } from '#platform';

/**
 * Contract notices in the Open Contracting Data Standard. Each release is kept; what the releases of a process come to
 * together is said of its contracts, so that an amendment that comes later is applied to what is known already. Only what is
 * about technology becomes a contract of the estate. Terms that stand in words are proposed, for a person to confirm.
 */
export function createNoticesImporter(calendar: Calendar): Importer {
  return {
    kind: 'estate.notices',
    title: 'Contract notices (OCDS)',
    fields: [{ name: 'release', label: 'Release', kind: 'text', required: true }],
    open: (path) => Promise.resolve({ description: 'Open Contracting Data Standard', rows: () => rowsOf(path) }),
    async take(tx, record) {
      const release = readRelease(String(record['release']));
      if (!(await keepRelease(tx, release))) return 'same';
      const process = mergeReleases(await releasesOf(tx, release.ocid));
      if (isTechnology(process))
        for (const contract of contractsOf(process, calendar)) await say(tx, process, contract, calendar);
      return 'added';
    },
  };
}

/** One release in each row. What is not even JSON comes with the reason. */
async function* rowsOf(path: string): AsyncGenerator<SheetRow> {
  let number = 0;
  for await (const release of readReleases(path)) {
    number += 1;
    const unreadable =
      typeof release === 'object' && release !== null && 'unreadable' in release
        ? String(release.unreadable)
        : undefined;
    yield unreadable === undefined ? { number, cells: [JSON.stringify(release)] } : { number, cells: [], unreadable };
  }
}

/** @throws RowProblem naming the place in the release and what is wrong there. */
function readRelease(text: string): Release {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RowProblem('This is not JSON any more. Correct it, or drop it.');
  }
  const faults = faultsOf(value);
  if (faults.length > 0) {
    const first = faults.slice(0, 3).map(({ place, message }) => `${place === '' ? 'The release' : place} ${message}`);
    throw new RowProblem(
      `The release is not as the standard says: ${first.join('; ')}${faults.length > 3 ? `, and ${faults.length - 3} more` : ''}. Correct it, or drop it.`,
    );
  }
  return asRelease(value);
}

/** Keeps a release. Says whether it is new. */
async function keepRelease(tx: Tx, release: Release): Promise<boolean> {
  const content = JSON.stringify(release);
  const made = await estateTables(tx)
    .insertInto('releases')
    .values({
      organisation_id: tx.organisationId,
      ocid: release.ocid,
      digest: createHash('sha256').update(content).digest(),
      released_at: release.date,
      content,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'ocid', 'digest']).doNothing())
    .returning('ocid')
    .execute();
  return made.length > 0;
}

async function releasesOf(tx: Tx, ocid: string): Promise<Release[]> {
  const rows = await estateTables(tx)
    .selectFrom('releases')
    .select('content')
    .where('organisation_id', '=', tx.organisationId)
    .where('ocid', '=', ocid)
    .orderBy('released_at')
    .execute();
  return rows.map((row) => asRelease(row.content));
}

/** Says of a contract what its process states, and proposes the terms that stand in words. */
async function say(tx: Tx, process: Release, stated: StatedContract, calendar: Calendar): Promise<void> {
  const { id: departmentId } = await findOrAddDepartment(tx, { name: stated.buyer });
  const supplierId = stated.supplier === null ? undefined : (await findOrAddSupplier(tx, stated.supplier)).id;
  const source = `notice ${process.ocid}`;
  const { id } = await saveContract(
    tx,
    {
      departmentId,
      supplierId,
      title: stated.title,
      reference: stated.reference,
      kind: stated.kind ?? undefined,
      framework: stated.framework ?? undefined,
      currency: stated.currency,
      value: stated.value ?? undefined,
      startsOn: stated.startsOn ?? undefined,
      endsOn: stated.endsOn ?? undefined,
    },
    { kind: 'notice', name: source, statedOn: calendar.dayOf(process.date) },
  );
  for (const terms of findTerms(stated.words)) await propose(tx, { contractId: id, departmentId, source, terms });
}

async function propose(
  tx: Tx,
  {
    contractId,
    departmentId,
    source,
    terms,
  }: { contractId: string; departmentId: string; source: string; terms: FoundTerms },
): Promise<void> {
  await estateTables(tx)
    .insertInto('suggestions')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      department_id: departmentId,
      kind: 'contract terms',
      subject_id: contractId,
      value: JSON.stringify({
        ...(terms.extensionMonths === undefined ? {} : { extensions: terms.extensionMonths.map(asOption) }),
        ...(terms.notice === undefined ? {} : { notice: terms.notice }),
        ...(terms.renewalMonths === undefined ? {} : { renewalMonths: terms.renewalMonths }),
      }),
      evidence: terms.sentence,
      source,
      confidence: terms.confidence,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
