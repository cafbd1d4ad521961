import { sql } from 'kysely';
import { newId, Problem, type Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { momentOf } from './moments.ts';
import { noteStaleHours } from './stale-hours.ts';
import { channels, type Channel } from './transactions.ts';

/** When a person was asked: at the end of a form, when the case was decided, or otherwise (by telephone, on paper). */
export const opinionMoments = ['end of form', 'decision', 'other'] as const;
export type OpinionMoment = (typeof opinionMoments)[number];

/**
 * The five answers to "Overall, how did you feel about the service you received today?", the worst first, so that the
 * place in the list, counted from one, is the rating. Their words are those of the GOV.UK Service Manual.
 */
export const ratings = [
  'Very dissatisfied',
  'Dissatisfied',
  'Neither satisfied nor dissatisfied',
  'Satisfied',
  'Very satisfied',
] as const;
export type Rating = 1 | 2 | 3 | 4 | 5;

/** How satisfied one person was. It holds no words of theirs: those may name people. */
export interface Opinion {
  /** The asker's own key, such as the id of the submission or the case: with it, a second answer changes nothing. */
  readonly key: string;
  readonly moment: OpinionMoment;
  /** From 1, very dissatisfied, to 5, very satisfied. */
  readonly rating: Rating;
  readonly channel: Channel;
  /** When, in ISO 8601 with its time zone; now where it is left out. */
  readonly at?: string;
}

/**
 * Records how satisfied a person was with a service, once for each key and moment: the first answer stands.
 *
 * @throws Problem unprocessable where the rating, the moment, the channel or the time cannot be.
 */
export async function recordSatisfaction(tx: Tx, opinion: Opinion & { readonly serviceId: string }): Promise<void> {
  await recordOpinions(tx, opinion.serviceId, [opinion]);
}

/** Records several opinions on one service, all or none, in one statement. @returns how many were new. */
export async function recordOpinions(tx: Tx, serviceId: string, opinions: readonly Opinion[]): Promise<number> {
  if (opinions.length === 0) return 0;
  const now = new Date().toISOString();
  const rows = opinions
    .map((opinion) => {
      const wrong = wrongWithOpinion(opinion)[0];
      if (wrong !== undefined) throw new Problem('unprocessable', { message: `${wrong.place} ${wrong.message}` });
      return { ...opinion, at: opinion.at === undefined ? now : momentOf(opinion.at) };
    })
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const { rows: counted } = await sql<{ recorded: number }>`
    with recorded as (
      insert into measures.opinions (organisation_id, service_id, moment, opinion_key, rating, channel, at)
      select ${tx.organisationId}::uuid, ${serviceId}::uuid, * from unnest(
        ${rows.map((row) => row.moment)}::text[], ${rows.map((row) => row.key)}::text[],
        ${rows.map((row) => row.rating)}::smallint[], ${rows.map((row) => row.channel)}::text[],
        ${rows.map((row) => row.at)}::timestamptz[])
      on conflict do nothing returning at
    ), noted as (${noteStaleHours({ organisationId: tx.organisationId, serviceId, noteId: newId() }, 'opinions')})
    select count(*) as recorded from recorded`.execute(measuresTables(tx));
  return counted[0]?.recorded ?? 0;
}

/** What cannot be in an opinion, by place; the types say so already, but what comes over the wire was not compiled. */
export function wrongWithOpinion(opinion: Opinion): { place: string; message: string }[] {
  const found: { place: string; message: string }[] = [];
  if (opinion.key === '' || opinion.key.length > 200 || opinion.key.includes('\0')) {
    found.push({ place: 'id', message: 'must be text of 1 to 200 characters' });
  }
  if (!opinionMoments.includes(opinion.moment)) {
    found.push({ place: 'moment', message: `must be one of ${opinionMoments.join(', ')}` });
  }
  if (!Number.isInteger(opinion.rating) || opinion.rating < 1 || opinion.rating > 5) {
    found.push({ place: 'rating', message: 'must be a whole number from 1 (very dissatisfied) to 5 (very satisfied)' });
  }
  if (!channels.includes(opinion.channel)) {
    found.push({ place: 'channel', message: `must be one of ${channels.join(', ')}` });
  }
  return found;
}
