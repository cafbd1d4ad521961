import type { Keyring } from '#platform';
import type { Answers } from '../definition/form.ts';
import { openAnswers } from './applications.ts';
import type { Application, Holder } from './applications.ts';

/** A row of answers as the database's functions give it. */
export interface AnswerRow {
  /** The key of the row; null in a row that tells something else. */
  page: string | null;
  /** Null where it only matters that the page was answered. */
  sealed: Buffer | null;
}

/** An application's rows with their answers, which its holder may change before they go on. */
export interface OpenedRows extends Omit<Application, 'submissionId'> {
  saved: Map<string, Answers>;
  marks: Map<string, Buffer>;
}

export function openRows(
  rows: readonly AnswerRow[],
  keyring: Keyring,
  organisationId: string,
  { id, version }: Holder,
): OpenedRows {
  const saved = new Map<string, Answers>();
  const marks = new Map<string, Buffer>();
  for (const { page, sealed } of rows) {
    if (page === null) continue;
    saved.set(page, sealed ? openAnswers(keyring, organisationId, id, page, sealed) : {});
    if (sealed) marks.set(page, markOf(sealed));
  }
  return { id, version, saved, marks };
}

/** The key and the nonce that a row is sealed with: no two savings have the same. A copy, for the row is part of something larger. */
export const markOf = (sealed: Buffer): Buffer => Buffer.from(sealed.subarray(0, 17));
