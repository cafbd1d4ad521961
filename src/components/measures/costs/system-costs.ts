import { sql } from 'kysely';
import { isDay, isId, Problem, type Money, type Tx } from '#platform';
import { measuresTables } from '../database.ts';
import type { Channel } from '../recording/transactions.ts';
import { publishSoon } from '../jobs.ts';
import type { Quality } from './costs.ts';

/** What a service pays of a contract for a system, as whoever keeps the estate knows it. */
export interface SystemCost {
  /** The estate's own key of the contract (and of its period, where one contract has several prices). */
  readonly contractKey: string;
  /** The service that uses the system, and the organisation whose service it is. */
  readonly serviceOrganisationId: string;
  readonly serviceId: string;
  readonly systemName: string;
  /** The first and the last day that the amount pays for, ISO dates, both included. */
  readonly from: string;
  readonly to: string;
  /** What the whole contract costs in that time. */
  readonly contractAmount: Money;
  /** The service's part of it, from 0 to 1. The parts of one contract are the estate's to add up. */
  readonly share: number;
  /** The channel that the system serves; left out, all channels share it in proportion to completed transactions. */
  readonly channel?: Channel;
  /** `estimated` where the share or the amount is somebody's judgement: every figure made from it says so. */
  readonly quality: Quality;
  /** Where the amount and the share come from: the contract's reference, a document's address. */
  readonly evidence: string;
}

/**
 * Records what a service pays of a contract for a system, in a transaction of whoever keeps the estate. Recording the
 * same again changes nothing; recording something else under the same contract and service corrects it, and what it was
 * corrected from stays.
 *
 * @throws Problem unprocessable where a day, the amount or the share cannot be.
 */
export async function recordSystemCost(tx: Tx, cost: SystemCost): Promise<void> {
  check(cost);
  await addRevision(tx, cost, Math.round(cost.contractAmount.minorUnits * cost.share));
}

/**
 * Takes the cost of a contract away from a service, because the service does not use the system, or never did. What was
 * recorded stays to be seen. Where nothing is recorded, nothing happens.
 */
export async function withdrawSystemCost(
  tx: Tx,
  { contractKey, serviceId, evidence }: { contractKey: string; serviceId: string; evidence: string },
): Promise<void> {
  const latest = await latestRevision(tx, contractKey, serviceId);
  if (latest === undefined || latest.amount === null) return;
  await measuresTables(tx)
    .insertInto('system_costs')
    .values({ ...latest, revision: latest.revision + 1, amount: null, evidence, ...by(tx) })
    .execute();
  await publishSoon(tx, { organisationId: latest.service_organisation_id, serviceId });
}

async function addRevision(tx: Tx, cost: SystemCost, amount: number): Promise<void> {
  // Two recordings of one contract follow each other, so that neither takes the other's number.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${tx.organisationId}/${cost.contractKey}/${cost.serviceId}`}, 0))`.execute(
    measuresTables(tx),
  );
  const latest = await latestRevision(tx, cost.contractKey, cost.serviceId);
  const row = {
    organisation_id: tx.organisationId,
    contract_key: cost.contractKey,
    service_id: cost.serviceId,
    service_organisation_id: cost.serviceOrganisationId,
    system_name: cost.systemName,
    channel: cost.channel ?? null,
    from_day: cost.from,
    to_day: cost.to,
    contract_amount: cost.contractAmount.minorUnits,
    share: Math.round(cost.share * 1_000_000) / 1_000_000,
    amount,
    currency: cost.contractAmount.currency,
    quality: cost.quality,
    evidence: cost.evidence,
  };
  if (latest !== undefined) {
    const known = new Map<string, unknown>(Object.entries(latest));
    if (Object.entries(row).every(([column, value]) => known.get(column) === value)) return;
  }
  await measuresTables(tx)
    .insertInto('system_costs')
    .values({ ...row, revision: (latest?.revision ?? 0) + 1, ...by(tx) })
    .execute();
  await publishSoon(tx, { organisationId: cost.serviceOrganisationId, serviceId: cost.serviceId });
}

async function latestRevision(tx: Tx, contractKey: string, serviceId: string) {
  return measuresTables(tx)
    .selectFrom('system_costs')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('contract_key', '=', contractKey)
    .where('service_id', '=', serviceId)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function by(tx: Tx): { recorded_by: string; recorded_at: string } {
  return {
    recorded_by: tx.actor.kind === 'applicant' ? 'an applicant' : tx.actor.name,
    recorded_at: new Date().toISOString(),
  };
}

function check(cost: SystemCost): void {
  const wrong =
    cost.contractKey === '' || cost.contractKey.length > 200
      ? 'The key of a contract has 1 to 200 characters.'
      : !isId(cost.serviceId) || !isId(cost.serviceOrganisationId)
        ? 'The service of a system cost and its organisation are given by their ids.'
        : !isDay(cost.from) || !isDay(cost.to) || cost.to < cost.from
          ? 'The last day of a system cost is its first day or later, and both are real dates such as 2026-11-24.'
          : !Number.isSafeInteger(cost.contractAmount.minorUnits) || cost.contractAmount.minorUnits < 0
            ? 'The amount of a contract is a whole number of minor units, zero or more.'
            : !(cost.share >= 0 && cost.share <= 1)
              ? 'The share of a contract is a number from 0 to 1.'
              : undefined;
  if (wrong !== undefined) throw new Problem('unprocessable', { message: wrong });
}
