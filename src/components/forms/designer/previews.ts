import { sql } from 'kysely';
import { hashToken, newId, newSecret, Problem, recordAudit } from '#platform';
import type { Database, Tx } from '#platform';
import { listServicesAcross } from '#organisations';
import type { Holder } from '../applications/applications.ts';
import { formsTables } from '../database.ts';
import { actorName } from '../versions/versions.ts';
import { getDraft } from './drafts.ts';
import type { Draft } from './drafts.ts';

/** For how many days a link may work. */
export const previewDays = [1, 7, 30] as const;

/** For how many hours what was filled in while trying a draft is kept. */
const keptHours = 24;

/** A link to try a draft, as the staff console lists it. Its secret is shown once, when it is made. */
export interface Preview {
  id: string;
  madeBy: string;
  madeAt: string;
  expiresAt: string;
  withdrawnAt: string | null;
}

/**
 * Makes a link by which whoever has it can try the draft of a form, as it is whenever they begin.
 *
 * @returns the secret part of the link, which is kept only as a hash.
 */
export async function makePreview(tx: Tx, serviceId: string, days: number): Promise<string> {
  const { formId } = await getDraft(tx, serviceId);
  const [id, secret] = [newId(), newSecret()];
  await formsTables(tx)
    .insertInto('previews')
    .values({
      organisation_id: tx.organisationId,
      id,
      form_id: formId,
      token_hash: hashToken(secret),
      made_by: actorName(tx),
      expires_at: sql<string>`now() + make_interval(days => ${days})`,
    })
    .execute();
  await recordAudit(tx, {
    action: 'forms.preview-made',
    subject: { kind: 'form', id: formId },
    detail: { preview: id, days },
  });
  return secret;
}

/** The newest links to a form's draft. */
export async function listPreviews(tx: Tx, formId: string, most = 20): Promise<Preview[]> {
  const rows = await formsTables(tx)
    .selectFrom('previews')
    .select(['id', 'made_by', 'made_at', 'expires_at', 'withdrawn_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    madeBy: row.made_by,
    madeAt: row.made_at,
    expiresAt: row.expires_at,
    withdrawnAt: row.withdrawn_at,
  }));
}

/** Withdraws a link: nobody begins by it any more, and what was being tried by it is removed. */
export async function withdrawPreview(tx: Tx, serviceId: string, previewId: string): Promise<void> {
  const { formId } = await getDraft(tx, serviceId);
  const tables = formsTables(tx);
  const withdrawn = await tables
    .updateTable('previews')
    .set({ withdrawn_at: sql<string>`coalesce(withdrawn_at, now())` })
    .where('organisation_id', '=', tx.organisationId)
    .where('form_id', '=', formId)
    .where('id', '=', previewId)
    .executeTakeFirst();
  if (withdrawn.numUpdatedRows === 0n) throw new Problem('not-found');
  await tables
    .deleteFrom('applications')
    .where('organisation_id', '=', tx.organisationId)
    .where('preview_id', '=', previewId)
    .execute();
  await recordAudit(tx, {
    action: 'forms.preview-withdrawn',
    subject: { kind: 'form', id: formId },
    detail: { preview: previewId },
  });
}

/** What a link leads to: its draft; null where the link does not work, or not any more. */
export async function findPreview(
  tx: Tx,
  serviceId: string,
  secret: string,
): Promise<{ previewId: string; expiresAt: string; draft: Draft } | null> {
  const row = await formsTables(tx)
    .selectFrom('previews')
    .innerJoin('forms', (join) =>
      join.onRef('forms.organisation_id', '=', 'previews.organisation_id').onRef('forms.id', '=', 'previews.form_id'),
    )
    .select(['previews.id', 'previews.expires_at'])
    .where('previews.organisation_id', '=', tx.organisationId)
    .where('forms.service_id', '=', serviceId)
    .where('previews.token_hash', '=', hashToken(secret))
    .where('previews.expires_at', '>', sql<string>`now()`)
    .where('previews.withdrawn_at', 'is', null)
    .executeTakeFirst();
  return row ? { previewId: row.id, expiresAt: row.expires_at, draft: await getDraft(tx, serviceId) } : null;
}

/**
 * Begins to try a draft: an application on a frozen copy of it. It counts nowhere, opens no case and sends no message, and
 * what is typed is removed at its end, or after a day.
 */
export async function beginPreview(
  tx: Tx,
  serviceId: string,
  { previewId, draft }: { previewId: string; draft: Draft },
): Promise<Holder> {
  const tables = formsTables(tx);
  // A step never changes, so its number names the copy, below zero.
  const version = -draft.step;
  await tables
    .insertInto('versions')
    .values({
      organisation_id: tx.organisationId,
      form_id: draft.formId,
      number: version,
      step: draft.step,
      definition: JSON.stringify(draft.definition),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const holder = { id: newId(), version, secret: newSecret() };
  await tables
    .insertInto('applications')
    .values({
      organisation_id: tx.organisationId,
      id: holder.id,
      service_id: serviceId,
      form_id: draft.formId,
      version,
      token_hash: hashToken(holder.secret),
      channel: 'digital',
      expires_at: sql<string>`now() + make_interval(hours => ${keptHours})`,
      preview_id: previewId,
    })
    .execute();
  return holder;
}

/** Removes the copies of drafts that nobody is trying any more, of every organisation. Says how many. */
export async function eraseCopies(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let erased = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.erase-copies' } } as const;
    const { numDeletedRows } = await database.transact(scope, (tx) =>
      formsTables(tx)
        .deleteFrom('versions')
        .where('versions.organisation_id', '=', tx.organisationId)
        .where('versions.number', '<', 0)
        .where((where) =>
          where.not(
            where.exists(
              where
                .selectFrom('applications')
                .select('applications.id')
                .whereRef('applications.organisation_id', '=', 'versions.organisation_id')
                .whereRef('applications.form_id', '=', 'versions.form_id')
                .whereRef('applications.version', '=', 'versions.number'),
            ),
          ),
        )
        .executeTakeFirst(),
    );
    erased += Number(numDeletedRows);
  }
  return erased;
}
