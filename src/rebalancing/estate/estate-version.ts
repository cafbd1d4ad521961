import { sql } from 'kysely';
import type { Tx } from '#platform';
import { estateTables } from './database.ts';

/**
 * A text that is another whenever the estate that a transaction sees is another: its organisation, the departments it was
 * narrowed to, and what was counted of each table. Systems and contracts are never deleted and count their own changes
 * (those of their parts and options too), so no two states that were ever committed have the same sum.
 *
 * @returns null in a transaction that has written something: what it sees may be rolled back, and then another may count
 *   the same.
 */
export async function estateVersion(tx: Tx): Promise<string | null> {
  const { rows } = await sql<{ version: string | null }>`
    select case when pg_current_xact_id_if_assigned() is null then concat_ws('/',
        coalesce(current_setting('commonhold.estate_departments', true), ''),
        (select concat(count(*), ' ', sum(revision)) from estate.systems where organisation_id = ${tx.organisationId}),
        (select concat(count(*), ' ', sum(revision)) from estate.contracts where organisation_id = ${tx.organisationId}),
        (select concat(count(*), ' ', sum(hashtext(part_id::text || contract_id::text)::bigint * (share_basis_points + 1)))
           from estate.contract_shares where organisation_id = ${tx.organisationId}),
        (select concat(count(*), ' ', sum(hashtext(id::text || merged_into::text)::bigint)) from estate.departments
          where organisation_id = ${tx.organisationId}),
        (select concat(count(*), ' ', sum(hashtext(id::text || merged_into::text)::bigint)) from estate.suppliers
          where organisation_id = ${tx.organisationId}),
        (select concat(count(*), ' ', max(changed_at)) from estate.rule_packs where organisation_id = ${tx.organisationId}))
      end as version`.execute(estateTables(tx));
  const version = rows[0]?.version ?? null;
  return version === null ? null : `${tx.organisationId}/${version}`;
}
