import { sql } from 'kysely';
import { newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import { whoSays } from '../statements.ts';
import { saveSystem, getSystem, listSystems } from '../systems/systems.ts';
import { saveContract, getContract, type ContractValues } from '../contracts/contracts.ts';
import { learnNeeds } from './classifier.ts';
import { listNeeds } from './needs.ts';

export const suggestionKinds = ['need', 'contract terms', 'same supplier', 'same department'] as const;
export type SuggestionKind = (typeof suggestionKinds)[number];

/** Something that the program thinks, and a person confirms or rejects. */
export interface Suggestion {
  readonly id: string;
  readonly departmentId: string | null;
  readonly kind: SuggestionKind;
  /** The part, contract, supplier or department that it is about. */
  readonly subjectId: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** What led to it, in words. */
  readonly evidence: string;
  readonly source: string;
  readonly confidence: number;
  readonly state: 'proposed' | 'confirmed' | 'rejected' | 'overtaken';
}

/**
 * Suggests something, once: what was suggested before, and perhaps rejected, is not suggested again.
 *
 * @param values.value for `need` {needKey}; for `contract terms` fields of `saveContract`; for the others {into: id}.
 */
export async function suggest(
  tx: Tx,
  values: Pick<Suggestion, 'departmentId' | 'kind' | 'subjectId' | 'value' | 'evidence' | 'source' | 'confidence'>,
): Promise<{ isNew: boolean }> {
  const made = await estateTables(tx)
    .insertInto('suggestions')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      department_id: values.departmentId,
      kind: values.kind,
      subject_id: values.subjectId,
      value: JSON.stringify(values.value),
      evidence: values.evidence,
      source: values.source,
      confidence: Math.min(1, Math.max(0, values.confidence)),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return { isNew: made !== undefined };
}

/** What waits for a person, the likeliest first. */
export async function listSuggestions(
  tx: Tx,
  filter: { kind?: SuggestionKind; subjectId?: string; most?: number } = {},
): Promise<Suggestion[]> {
  let query = estateTables(tx)
    .selectFrom('suggestions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('state', '=', 'proposed')
    .orderBy('confidence', 'desc')
    .orderBy('id')
    .limit(filter.most ?? 50);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId);
  return (await query.execute()).map(shape);
}

/** How many suggestions of each kind wait. */
export async function countSuggestions(tx: Tx): Promise<Readonly<Partial<Record<SuggestionKind, number>>>> {
  const rows = await estateTables(tx)
    .selectFrom('suggestions')
    .select((select) => ['kind', select.fn.countAll<number>().as('count')])
    .where('organisation_id', '=', tx.organisationId)
    .where('state', '=', 'proposed')
    .groupBy('kind')
    .execute();
  return Object.fromEntries(rows.map((row) => [oneOf(suggestionKinds, row.kind), row.count]));
}

/**
 * Confirms or rejects a suggestion about a need or a contract's terms, once. What is confirmed is written as said by the
 * person, with the suggestion as its source. (Mergers confirm their own suggestions: see mergers.ts.)
 *
 * @returns the suggestion as it was.
 * @throws Problem conflict where somebody settled it before.
 */
export async function settleSuggestion(
  tx: Tx,
  id: string,
  answer: 'confirmed' | 'rejected',
  today: string,
): Promise<Suggestion> {
  const suggestion = await closeSuggestion(tx, id, answer);
  if (answer === 'rejected') return suggestion;
  const source = { kind: 'suggestion' as const, name: `${suggestion.source}: ${suggestion.evidence}`, statedOn: today };
  if (suggestion.kind === 'need') {
    const part = await estateTables(tx)
      .selectFrom('parts')
      .select(['system_id', 'kind'])
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', suggestion.subjectId)
      .executeTakeFirst();
    if (part === undefined) throw new Problem('not-found');
    const system = await getSystem(tx, part.system_id);
    const found = system.parts.find((each) => each.id === suggestion.subjectId);
    const { needKey } = suggestion.value;
    if (found === undefined || typeof needKey !== 'string') throw new Problem('not-found');
    const need = (await listNeeds(tx)).find((each) => each.key === needKey);
    await saveSystem(
      tx,
      {
        id: system.id,
        departmentId: system.departmentId,
        name: system.name,
        ...(system.area === null && need !== undefined && found.kind === 'application' ? { area: need.area } : {}),
        parts: [{ kind: found.kind, needKey }],
      },
      source,
    );
  }
  if (suggestion.kind === 'contract terms') {
    const contract = await getContract(tx, suggestion.subjectId);
    await saveContract(
      tx,
      { ...termsFrom(suggestion.value), id: contract.id, departmentId: contract.departmentId, title: contract.title },
      source,
    );
  }
  return suggestion;
}

/** Marks a suggestion as settled, without doing what it suggests. @throws Problem conflict where it is settled already */
export async function closeSuggestion(tx: Tx, id: string, answer: 'confirmed' | 'rejected'): Promise<Suggestion> {
  const row = await estateTables(tx)
    .updateTable('suggestions')
    .set({ state: answer, settled_at: new Date().toISOString(), settled_by: whoSays(tx) })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('state', '=', 'proposed')
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    throw new Problem('conflict', {
      title: 'This suggestion is settled',
      message: 'Somebody confirmed or rejected it before you. Go back to see what is left.',
    });
  }
  const suggestion = shape(row);
  await recordAudit(tx, {
    action: `estate.suggestion-${answer}`,
    subject: { kind: 'suggestion', id, name: suggestion.evidence.slice(0, 200) },
    detail: { kind: suggestion.kind },
  });
  return suggestion;
}

/**
 * Suggests a need for every part that has none, from the words of its system, having learned from all that are confirmed.
 * Older suggestions for parts that have a need by now are taken back. Says how many are new.
 */
export async function suggestNeeds(tx: Tx): Promise<{ added: number }> {
  const needs = await listNeeds(tx);
  const systems = await listSystems(tx);
  const textOf = (system: (typeof systems)[number]): string => `${system.name} ${system.description}`;
  const examples = systems.flatMap((system) =>
    system.parts
      .filter((part) => part.kind === 'application' && part.needKey !== null)
      .map((part) => ({ needKey: part.needKey ?? '', text: textOf(system) })),
  );
  const classifier = learnNeeds(needs, examples);
  const nameOf = new Map(needs.map((need) => [need.key, need.name]));
  let added = 0;
  for (const system of systems) {
    for (const part of system.parts) {
      if (part.needKey !== null || part.kind !== 'application') continue;
      const guess = classifier.guess(textOf(system));
      if (guess === null || guess.confidence < 0.15) continue;
      const words = guess.words
        .slice(0, 4)
        .map(({ word }) => `“${word}”`)
        .join(', ');
      const made = await suggest(tx, {
        departmentId: system.departmentId,
        kind: 'need',
        subjectId: part.id,
        value: { needKey: guess.needKey },
        evidence: `${nameOf.get(guess.needKey) ?? guess.needKey}, from the words ${words}`,
        source: 'words of its name and description',
        confidence: guess.confidence,
      });
      if (made.isNew) added += 1;
    }
  }
  await sql`
    update estate.suggestions as g set state = 'overtaken', settled_at = now(), settled_by = 'the estate'
     where organisation_id = ${tx.organisationId} and kind = 'need' and state = 'proposed' and exists (
       select from estate.parts as p
        where p.organisation_id = g.organisation_id and p.id = g.subject_id and p.need_key is not null)`.execute(
    estateTables(tx),
  );
  return { added };
}

/** The fields of a contract that a suggestion of terms may set. */
function termsFrom(value: Readonly<Record<string, unknown>>): Partial<ContractValues> {
  const terms: {
    -readonly [K in 'notice' | 'renewalMonths' | 'extensions' | 'terminationFee' | 'endsOn']?: ContractValues[K];
  } = {};
  const { notice, renewalMonths, extensions, terminationFee, endsOn } = value;
  if (isRecord(notice)) {
    terms.notice = { count: Number(notice['count']), unit: oneOf(['days', 'months'], String(notice['unit'])) };
  }
  if (typeof renewalMonths === 'number') terms.renewalMonths = renewalMonths;
  if (typeof terminationFee === 'number') terms.terminationFee = terminationFee;
  if (typeof endsOn === 'string') terms.endsOn = endsOn;
  if (Array.isArray(extensions)) {
    terms.extensions = extensions.filter(isRecord).map((option) => ({
      months: Number(option['months']),
      upliftBasisPoints: Number(option['upliftBasisPoints'] ?? 0),
      decideBy: typeof option['decideBy'] === 'string' ? option['decideBy'] : null,
      likeForLike: typeof option['likeForLike'] === 'boolean' ? option['likeForLike'] : null,
      takenOn: typeof option['takenOn'] === 'string' ? option['takenOn'] : null,
    }));
  }
  return terms;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shape(row: {
  id: string;
  department_id: string | null;
  kind: string;
  subject_id: string;
  value: unknown;
  evidence: string;
  source: string;
  confidence: number;
  state: string;
}): Suggestion {
  return {
    id: row.id,
    departmentId: row.department_id,
    kind: oneOf(suggestionKinds, row.kind),
    subjectId: row.subject_id,
    value: isRecord(row.value) ? row.value : {},
    evidence: row.evidence,
    source: row.source,
    confidence: row.confidence,
    state: oneOf(['proposed', 'confirmed', 'rejected', 'overtaken'], row.state),
  };
}
