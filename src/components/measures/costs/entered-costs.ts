import { isDay, newId, Problem, recordAudit, type Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { publishSoon } from '../jobs.ts';
import { channels, type Channel } from '../recording/transactions.ts';
import { costKinds, qualities, sharesOf, type CostKind, type Quality } from './costs.ts';

/** A cost of a service over a period, as its manager enters it. */
export interface CostValues {
  readonly kind: CostKind;
  /** The channel that it belongs to; null where all share it. */
  readonly channel: Channel | null;
  /** Parts of a hundred by channel, where it is shared by stated parts; null: in proportion to completed transactions. */
  readonly shares: Readonly<Partial<Record<Channel, number>>> | null;
  /** The first and the last day that it is for, ISO dates, both included. */
  readonly from: string;
  readonly to: string;
  /** In minor units. Zero says that there is no such cost. */
  readonly amount: number;
  readonly currency: string;
  readonly quality: Quality;
  /** Where the figure comes from, for whoever checks it. */
  readonly evidence: string;
}

/** A cost as it is now, or as it was before a correction. */
export interface EnteredCost extends CostValues {
  readonly costId: string;
  readonly revision: number;
  /** Null for a revision that took the cost away. */
  readonly standing: boolean;
  readonly reason: string | null;
  readonly enteredBy: string;
  readonly enteredAt: string;
}

/** Enters a cost of a service. @returns its id. @throws Problem unprocessable where something cannot be. */
export async function enterCost(tx: Tx, serviceId: string, values: CostValues): Promise<string> {
  const costId = newId();
  await addRevision(tx, { serviceId, costId, revision: 1, reason: null }, values);
  return costId;
}

/**
 * Corrects a cost, or takes it away. What it was before stays, to be seen beside it.
 *
 * @param values null takes it away.
 * @throws Problem not-found, unprocessable without a reason, conflict where somebody else corrected it first.
 */
export async function correctCost(
  tx: Tx,
  which: { serviceId: string; costId: string; revision: number; reason: string },
  values: CostValues | null,
): Promise<void> {
  if (which.reason.trim() === '') throw new Problem('unprocessable', { message: 'Say why the cost is corrected.' });
  const history = (await listCosts(tx, which.serviceId)).filter((cost) => cost.costId === which.costId);
  const latest = history[0];
  if (latest === undefined) throw new Problem('not-found');
  if (latest.revision !== which.revision) throw new Problem('conflict');
  const { revision, ...rest } = which;
  await addRevision(tx, { ...rest, revision: revision + 1 }, values, latest);
}

/** Every cost that was ever entered for a service, with what each was before: by kind and time, the newest revision first. */
export async function listCosts(tx: Tx, serviceId: string): Promise<EnteredCost[]> {
  const rows = await measuresTables(tx)
    .selectFrom('costs')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .orderBy('cost_id', 'desc')
    .orderBy('revision', 'desc')
    .execute();
  return rows.map((row) => ({
    costId: row.cost_id,
    revision: row.revision,
    kind: costKinds.find((kind) => kind === row.kind) ?? 'overheads',
    channel: channels.find((channel) => channel === row.channel) ?? null,
    shares: sharesOf(row.shares),
    from: row.from_day,
    to: row.to_day,
    amount: row.amount ?? 0,
    standing: row.amount !== null,
    currency: row.currency,
    quality: qualities.find((quality) => quality === row.quality) ?? 'estimated',
    evidence: row.evidence,
    reason: row.reason,
    enteredBy: row.entered_by,
    enteredAt: row.entered_at,
  }));
}

async function addRevision(
  tx: Tx,
  which: { serviceId: string; costId: string; revision: number; reason: string | null },
  values: CostValues | null,
  before?: EnteredCost,
): Promise<void> {
  const stated = values ?? before;
  if (stated === undefined) throw new Problem('not-found');
  check(stated);
  await measuresTables(tx)
    .insertInto('costs')
    .values({
      organisation_id: tx.organisationId,
      cost_id: which.costId,
      revision: which.revision,
      service_id: which.serviceId,
      kind: stated.kind,
      channel: stated.channel,
      shares: stated.shares === null ? null : JSON.stringify(stated.shares),
      from_day: stated.from,
      to_day: stated.to,
      amount: values === null ? null : values.amount,
      currency: stated.currency,
      quality: stated.quality,
      evidence: stated.evidence,
      reason: which.reason,
      entered_by: tx.actor.kind === 'applicant' ? 'an applicant' : tx.actor.name,
    })
    .execute();
  const done = which.revision === 1 ? 'entered' : values === null ? 'withdrawn' : 'corrected';
  await recordAudit(tx, {
    action: `measures.cost-${done}`,
    subject: { kind: 'cost', id: which.costId, name: stated.kind },
    detail: { from: stated.from, to: stated.to, amount: values?.amount ?? null, reason: which.reason },
  });
  await publishSoon(tx, { organisationId: tx.organisationId, serviceId: which.serviceId });
}

function check(values: CostValues): void {
  const shares = values.shares === null ? [] : Object.values(values.shares);
  const wrong = !costKinds.includes(values.kind)
    ? `The kind of a cost is one of ${costKinds.join(', ')}.`
    : !isDay(values.from) || !isDay(values.to) || values.to < values.from
      ? 'The last day of a cost is its first day or later, and both are real dates such as 2026-11-24.'
      : !Number.isSafeInteger(values.amount) || values.amount < 0
        ? 'The amount of a cost is a whole number of minor units, zero or more.'
        : values.evidence.trim() === ''
          ? 'A cost needs its evidence: where the figure comes from.'
          : values.channel !== null && values.shares !== null
            ? 'A cost belongs to one channel or is shared, not both.'
            : shares.some((share) => share < 0) ||
                (values.shares !== null && Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100) > 0.01)
              ? 'The parts of a shared cost are zero or more, and a hundred together.'
              : undefined;
  if (wrong !== undefined) throw new Problem('unprocessable', { message: wrong });
}
