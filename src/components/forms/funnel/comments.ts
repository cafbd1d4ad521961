import { sql } from 'kysely';
import { ratings, recordOpinions } from '#measures';
import type { Rating } from '#measures';
import { listServicesAcross } from '#organisations';
import { newId, sealedPlace } from '#platform';
import type { Database, Keyring, Tx } from '#platform';
import { formsTables } from '../database.ts';

/** The most characters of a comment. */
export const mostComment = 1_200;

/**
 * Records how satisfied somebody was with a form, once for each submission, and keeps what they wrote. The comment is linked
 * to nothing that they sent.
 *
 * @param opinion.rating 1 to 5, 5 being very satisfied.
 */
export async function recordOpinion(
  tx: Tx,
  keyring: Keyring,
  opinion: { serviceId: string; version: number; submissionId: string; rating: Rating; comment: string },
): Promise<void> {
  const { serviceId, version, submissionId, rating, comment } = opinion;
  const recorded = await recordOpinions(tx, serviceId, [
    { key: submissionId, moment: 'end of form', rating, channel: 'digital' },
  ]);
  // Sent twice, or again later: the first answer stands.
  if (recorded === 0 || comment === '') return;
  const id = newId();
  await formsTables(tx)
    .insertInto('comments')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: serviceId,
      version,
      rating,
      sealed: keyring.seal(placeOf(tx.organisationId, id), comment.slice(0, mostComment)),
    })
    .execute();
}

export interface Comment {
  rating: string;
  text: string;
  givenAt: string;
}

/** The newest comments on a service's form. */
export async function listComments(tx: Tx, keyring: Keyring, serviceId: string, most: number): Promise<Comment[]> {
  const rows = await formsTables(tx)
    .selectFrom('comments')
    .select(['id', 'rating', 'sealed', 'given_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    rating: ratings[row.rating - 1] ?? String(row.rating),
    text: keyring.open(placeOf(tx.organisationId, row.id), row.sealed).toString(),
    givenAt: row.given_at,
  }));
}

/** Erases comments that are older than a year, of every organisation. Says how many. */
export async function eraseComments(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let erased = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.erase-comments' } } as const;
    const { numDeletedRows } = await database.transact(scope, (tx) =>
      formsTables(tx)
        .deleteFrom('comments')
        .where('organisation_id', '=', tx.organisationId)
        .where('given_at', '<', sql<string>`now() - interval '365 days'`)
        .executeTakeFirst(),
    );
    erased += Number(numDeletedRows);
  }
  return erased;
}

const placeOf = (organisationId: string, id: string): string =>
  sealedPlace('forms.comments.sealed', organisationId, id);
