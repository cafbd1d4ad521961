import type { Service } from '#organisations';
import { forgetFile, hashToken } from '#platform';
import type { Database, Keyring, Tx } from '#platform';
import type { PageNeeds } from '../versions/compile.ts';
import { formsTables } from '../database.ts';
import { filesOf } from '../questions/file-upload.ts';
import { lockApplication } from './applications.ts';
import type { Application, Holder } from './applications.ts';
import { openRows } from './opened-rows.ts';
import type { AnswerRow } from './opened-rows.ts';

/**
 * Loads an application with the answers of some of its pages, or null if the holder has none: never begun, another
 * service's, or expired. One journey to the database, in a transaction of its own.
 */
export async function openApplication(
  database: Database,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const values = [
    service.organisationId,
    holder.id,
    service.id,
    holder.version,
    hashToken(holder.secret),
    needs.answers,
    needs.presence,
  ];
  // Most pages need only rows whose keys are known.
  const rows = needs.within
    ? await database.find<OpenedRow>(openWithin, [...values, needs.within, needs.names ?? []])
    : await database.find<OpenedRow>('select * from forms.open_application($1, $2, $3, $4, $5, $6, $7)', values);
  return shapeApplication(rows, keyring, service.organisationId, holder);
}

const openWithin = 'select * from forms.open_application($1, $2, $3, $4, $5, $6, $7, $8, $9)';

/** The same, in a transaction that goes on to do something with it. */
export async function findApplication(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const rows = await tx.rows<OpenedRow>(openWithin, [
    tx.organisationId,
    holder.id,
    serviceId,
    holder.version,
    hashToken(holder.secret),
    needs.answers,
    needs.presence,
    needs.within ?? [],
    needs.names ?? [],
  ]);
  return shapeApplication(rows, keyring, tx.organisationId, holder);
}

/** All that was saved of an application. */
export const everything = { answers: [], presence: [], within: [''], names: [] } satisfies PageNeeds;

interface OpenedRow extends AnswerRow {
  submission_id: string | null;
}

function shapeApplication(
  rows: readonly OpenedRow[],
  keyring: Keyring,
  organisationId: string,
  holder: Holder,
): Application | null {
  const [first] = rows;
  if (!first) return null;
  return { ...openRows(rows, keyring, organisationId, holder), submissionId: first.submission_id };
}

/** Removes what was answered about one of the things that were added, and their files: the rows whose keys begin so. */
export async function removeItem(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  beginning: string,
): Promise<'removed' | 'sent' | 'unknown'> {
  await lockApplication(tx, holder);
  const needs = { answers: [], presence: [], within: [beginning] };
  const application = await findApplication(tx, keyring, service.id, holder, needs);
  if (!application) return 'unknown';
  if (application.submissionId !== null) return 'sent';
  for (const answers of application.saved.values()) {
    for (const answer of Object.values(answers)) for (const { id } of filesOf(answer)) await forgetFile(tx, id);
  }
  await formsTables(tx)
    .deleteFrom('answers')
    .where('organisation_id', '=', tx.organisationId)
    .where('application_id', '=', holder.id)
    .where('page', 'in', [...application.saved.keys(), beginning])
    .execute();
  return 'removed';
}
