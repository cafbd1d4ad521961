import type { Keyring, Tx } from '#platform';
import { listAssignments } from './assignments.ts';
import type { Case } from './cases.ts';
import { findDecision, type Decision } from './decisions.ts';
import { listNotes } from './notes.ts';

/** One thing that happened to a case. `text` is what somebody wrote, as plain text. */
export interface HistoryEntry {
  readonly title: string;
  readonly at: string;
  readonly by: string | null;
  readonly text: string | null;
}

/** What happened to a case, newest first, and its decision. */
export async function readHistory(
  tx: Tx,
  keyring: Keyring,
  opened: Case,
): Promise<{ history: HistoryEntry[]; decision: Decision | null }> {
  const entries: HistoryEntry[] = [{ title: 'Application received', at: opened.openedAt, by: null, text: null }];
  for (const { to, by, at } of await listAssignments(tx, opened.id)) {
    const title = to === null ? 'Given back to the list' : to.id === by.id ? 'Taken' : `Assigned to ${to.name}`;
    entries.push({ title, at, by: by.name, text: null });
  }
  for (const { text, by, at } of await listNotes(tx, keyring, opened.id)) {
    entries.push({ title: 'Note', at, by: by.name, text: text ?? 'This note has been erased.' });
  }
  const decision = await findDecision(tx, keyring, opened.id);
  if (decision !== null) {
    const { outcome, at, by, reason, told } = decision;
    entries.push({ title: outcome === 'approved' ? 'Approved' : 'Refused', at, by: by.name, text: reason });
    entries.push({
      title: told ? 'Email sent to the applicant' : 'No email address: the applicant must be told in another way',
      at,
      by: null,
      text: null,
    });
  }
  if (opened.erasedAt !== null) {
    entries.push({
      title: 'Personal data erased after the retention period',
      at: opened.erasedAt,
      by: null,
      text: null,
    });
  }
  // Sorting is stable, so of two things at one moment the later stays later before the list is turned round.
  const history = entries.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)).toReversed();
  return { history, decision };
}
