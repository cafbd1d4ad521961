import { sql, type RawBuilder } from 'kysely';

/** What is counted by day, and so is to be counted again where more of it came. */
export type Counted = 'transactions' | 'unit charges' | 'opinions';

/**
 * The part of a statement that notes which hours of a service are to be counted again: those of the rows that the part
 * called `recorded` has just added, with their time as `at`. One statement records and notes, so neither is without the
 * other.
 *
 * @param of.noteId a new id for each call, so that no two recordings of a service wait for each other.
 */
export function noteStaleHours(
  { organisationId, serviceId, noteId }: Record<'organisationId' | 'serviceId' | 'noteId', string | RawBuilder<string>>,
  what: Counted,
): RawBuilder<unknown> {
  return sql`insert into measures.stale_hours (organisation_id, id, service_id, what, hour)
    select distinct ${organisationId}::uuid, ${noteId}::uuid, ${serviceId}::uuid, ${what}, date_trunc('hour', at)
      from recorded`;
}
