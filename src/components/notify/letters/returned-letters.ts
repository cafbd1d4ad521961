import { sql } from 'kysely';
import { listOrganisations } from '#organisations';
import { isId, newId, recordAudit, type Database, type Scope, type Tx } from '#platform';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { notifyTables } from '../database.ts';

/** What became of a list of letters that the post brought back. */
export interface Returns {
  /** How many letters are recorded as returned now that were not before. */
  readonly recorded: number;
  /** What is no letter that was sent, or was recorded before, as it was given. */
  readonly unknown: readonly string[];
}

/** How many a printer's list names at most. */
export const mostReturned = 1000;

/**
 * Records letters that the post brought back, of whichever organisation, and tells their services. A printer knows a letter
 * by the name of its file, with or without its ending.
 *
 * @param names one for each letter.
 */
export async function recordReturns(
  { database, callbacks }: { database: Database; callbacks: Callbacks },
  scope: Scope,
  names: readonly string[],
): Promise<Returns> {
  const given = new Map(names.map((name) => [name.toLowerCase().replace(/\.pdf$/, ''), name]));
  const ids = [...given.keys()].filter((id) => isId(id));
  const found = new Set<string>();
  for (const { id: organisationId } of ids.length === 0 ? [] : await listOrganisations(database)) {
    const returned = await database.transact({ ...scope, organisationId }, async (tx) => {
      const returnedIds = await returnLetters(tx, callbacks, ids);
      if (returnedIds.length > 0) {
        await recordAudit(tx, {
          action: 'notify.letters-returned',
          subject: { kind: 'organisation', id: organisationId },
          detail: { letters: returnedIds.length },
        });
      }
      return returnedIds;
    });
    for (const id of returned) found.add(id);
  }
  return {
    recorded: found.size,
    unknown: [...given].filter(([id]) => !found.has(id)).map(([, name]) => name),
  };
}

/** Records letters of an organisation that came back. @returns the ids of those that had been sent and not come back yet. */
export async function returnLetters(tx: Tx, callbacks: Callbacks, messageIds: readonly string[]): Promise<string[]> {
  const rows = await notifyTables(tx)
    .updateTable('messages')
    .set({ status: 'returned-letter', delivered_at: null })
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`id = any(${messageIds}::uuid[])`)
    .where('channel', '=', 'letter')
    .where('status', 'in', ['sending', 'delivered'])
    .where('handed_over_at', 'is not', null)
    .returning('id')
    .execute();
  for (const { id } of rows) {
    await notifyTables(tx)
      .insertInto('message_events')
      .values({
        organisation_id: tx.organisationId,
        message_id: id,
        id: newId(),
        what: 'Came back by post',
        provider: null,
        detail: null,
      })
      .execute();
    await callbacks.returnedLetter(tx, id);
  }
  return rows.map(({ id }) => id);
}
