import { formatMoney, writeCsv } from '#platform';
import type { ApprovalToAsk } from '../reading/approvals.ts';
import type { Reading } from '../reading/reading.ts';
import { wordsOfAction } from './words.ts';

/** Something that a plan asks people to do by a day: decide about a contract, or ask for an approval. */
export interface ToDo {
  /** The same for the same thing in every plan. */
  readonly id: string;
  readonly by: string;
  readonly what: string;
  /** The contract or part that it is about, and with whom it is done: a supplier, or who approves. */
  readonly of: string;
  readonly whom: string;
  /** Of an approval, whose it is; null for a contract. */
  readonly department: string | null;
  /** From when on it has effect. */
  readonly from: string;
  /** What else there is to know, in a sentence; empty for nothing. */
  readonly note: string;
  readonly kind: 'contract' | 'approval';
}

/** What to do and when by a plan, the first first. @param currency of the plan, ISO 4217 */
export function listToDo(reading: Pick<Reading, 'decisions' | 'approvals'>, currency: string): ToDo[] {
  return [
    ...(reading.approvals ?? []).map((approval): ToDo => ({
      id: `${approval.partId}-approval-${approval.action}-${approval.neededOn}`,
      by: approval.askBy,
      what: `Ask ${approval.by} for approval ${purposeOf(approval)}`,
      of: approval.of,
      whom: approval.by,
      department: approval.department,
      from: approval.neededOn,
      note: noteOf(approval, currency),
      kind: 'approval',
    })),
    ...reading.decisions.map((decision): ToDo => ({
      id: `${decision.partId}-${decision.action}-${decision.from}`,
      by: decision.by,
      what: wordsOfAction[decision.action],
      of: decision.contractName,
      whom: decision.supplier,
      department: null,
      from: decision.from,
      note: '',
      kind: 'contract',
    })),
  ].toSorted((one, other) => (one.by < other.by ? -1 : one.by > other.by ? 1 : 0));
}

function purposeOf({ action, to, things }: ApprovalToAsk): string {
  const it = things === 1 ? 'it' : `${things} pieces of it`;
  switch (action) {
    case 'move':
      return to === null ? `to move ${it}` : `to move ${it} to ${to}`;
    case 'extend':
      return `to extend ${it}`;
    case 'tacit':
      return `to let ${it} renew ${things === 1 ? 'by itself' : 'by themselves'}`;
    case 'bridge':
      return `to go on with ${it} month by month`;
    case 'renew':
      return `to buy ${it} again`;
  }
}

function noteOf({ amount, pieces, rules, isLate }: ApprovalToAsk, currency: string): string {
  const sum = formatMoney({ minorUnits: amount, currency }).replace(/\.\d+$/, '');
  const comesTo =
    pieces > 1
      ? `The department has ${pieces} pieces of this need, which come to ${sum} together.`
      : `It comes to ${sum} over its life.`;
  return [`${rules.join('. ')}.`, comesTo, ...(isLate ? ['It cannot be there in time.'] : [])].join(' ');
}

/** What to do and when as CSV. */
export function writeToDoCsv(list: readonly ToDo[]): string {
  return writeCsv(
    ['By', 'What to do', 'Contract or part', 'With', 'Takes effect on', 'Note'],
    list.map(({ by, what, of, whom, from, note }) => [by, what, of, whom, from, note]),
  );
}
