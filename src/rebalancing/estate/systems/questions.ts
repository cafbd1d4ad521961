import type { Statement } from '../statements.ts';
import type { MappedSystem } from '../whole-estate.ts';

/** Something that an owner should say: because nobody has, or because it was said long ago. */
export interface Question {
  /** The field, as forms name it. */
  readonly field: string;
  readonly words: string;
  readonly why: 'missing' | 'stale';
  /** The statement that has become old. */
  readonly last: Statement | null;
}

/** After how many days what was said must be said again: what moves quickly is asked every year, the rest every second. */
const freshDays: Readonly<Record<string, number>> = {
  users: 365,
  yearlyTransactions: 365,
  lifecycle: 365,
  owner: 365,
  hosting: 730,
  sensitivity: 730,
  businessFit: 730,
  technicalFit: 730,
};

const words: Readonly<Record<string, string>> = {
  users: 'How many people use it',
  yearlyTransactions: 'How many transactions it has a year',
  lifecycle: 'Where it is in its life',
  owner: 'Who answers for it',
  hosting: 'Where it runs',
  sensitivity: 'How sensitive its data are',
  businessFit: 'How well it does what is needed',
  technicalFit: 'How sound it is technically',
  area: 'Which area it belongs to',
  cost: 'What it costs a year',
  need: 'What it is needed for',
};

/** What is to be asked about a system on a day, what is missing first. Nothing is asked that is known and fresh. */
export function questionsAbout(system: MappedSystem, asAt: string): Question[] {
  const values: Readonly<Record<string, unknown>> = { ...system };
  const asked = Object.entries(freshDays).filter(
    ([field]) => field !== 'yearlyTransactions' || system.area === 'digital public services',
  );
  const found: Question[] = [];
  const ask = (field: string, why: Question['why'], last: Statement | null = null): void => {
    found.push({ field, words: words[field] ?? field, why, last });
  };
  if (system.area === null) ask('area', 'missing');
  if (system.parts.every((part) => part.needKey === null)) ask('need', 'missing');
  if (system.parts.every((part) => Object.values(part.costs).every((cost) => cost === null))) ask('cost', 'missing');
  for (const [field, days] of asked) {
    const last = system.stated[field] ?? null;
    if (values[field] === null) ask(field, 'missing');
    else if (last !== null && daysBetween(last.on, asAt) > days) ask(field, 'stale', last);
  }
  const dearest = system.parts
    .flatMap((part) => Object.entries(part.stated))
    .filter(([field]) => field.startsWith('cost.'));
  const [oldest] = dearest
    .flatMap(([, statement]) => statement ?? [])
    .toSorted((one, other) => one.on.localeCompare(other.on));
  if (oldest !== undefined && daysBetween(oldest.on, asAt) > 365) ask('cost', 'stale', oldest);
  return found.toSorted((one, other) => Number(one.why === 'stale') - Number(other.why === 'stale'));
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000;
}
