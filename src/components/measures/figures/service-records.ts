import type { ReaderTx } from '#platform';
import { costKinds, sharesOf, type CostKind, type Quality } from '../costs/costs.ts';
import { measuresReader } from '../database.ts';

import { channels, type Channel } from '../recording/transactions.ts';

/** Everything that is public of one service, from a day on: what its figures are made of. */
export interface ServiceRecords {
  readonly counts: readonly DayOfChannel[];
  readonly opinions: readonly DayOfOpinions[];
  readonly charges: readonly DayOfCharges[];
  /** Costs that were entered and the service's shares of contracts, each as last corrected. */
  readonly costs: readonly PeriodCost[];
  /** The first day on which anything was counted, ever; null where nothing was. */
  readonly firstDay: string | null;
}

export interface DayOfChannel {
  readonly day: string;
  readonly channel: Channel;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly finished: number;
}

export interface DayOfOpinions {
  readonly day: string;
  readonly moment: string;
  /** How many gave each rating, the worst first. */
  readonly rated: readonly number[];
}

export interface DayOfCharges {
  readonly day: string;
  readonly component: string;
  readonly kind: string;
  readonly channel: Channel | null;
  readonly currency: string;
  readonly quantity: number;
  /** Millionths of the currency's unit. */
  readonly amountMicros: number;
}

/** A cost over a period, in minor units. */
export interface PeriodCost {
  readonly kind: CostKind;
  /** Where it comes from: the name of a system for a share of a contract, nothing for what was entered. */
  readonly system: string | null;
  readonly channel: Channel | null;
  /** Parts of a hundred by channel; null where it is shared by completed transactions or belongs to one channel. */
  readonly shares: Readonly<Record<string, number>> | null;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly currency: string;
  readonly quality: Quality;
}

/** Reads what a service's figures from a day on are made of. Costs are read whole. */
export async function readServiceRecords(tx: ReaderTx, serviceId: string, since: string): Promise<ServiceRecords> {
  const tables = measuresReader(tx);
  const counts = await tables
    .selectFrom('day_counts')
    .select(['day', 'channel', 'started', 'completed', 'failed', 'finished'])
    .where('service_id', '=', serviceId)
    .where('day', '>=', since)
    .execute();
  const opinions = await tables
    .selectFrom('opinion_days')
    .select(['day', 'moment', 'rated_1', 'rated_2', 'rated_3', 'rated_4', 'rated_5'])
    .where('service_id', '=', serviceId)
    .where('day', '>=', since)
    .execute();
  const charges = await tables
    .selectFrom('unit_charge_days')
    .select(['day', 'component', 'kind', 'channel', 'currency', 'quantity', 'amount_micros'])
    .where('service_id', '=', serviceId)
    .where('day', '>=', since)
    .execute();
  const first = await tables
    .selectFrom('day_counts')
    .select(({ fn }) => fn.min<string | null>('day').as('day'))
    .where('service_id', '=', serviceId)
    .executeTakeFirst();
  return {
    counts: counts.map((row) => ({ ...row, channel: channelOf(row.channel) ?? 'digital' })),
    opinions: opinions.map(({ day, moment, ...row }) => ({
      day,
      moment,
      rated: [row.rated_1, row.rated_2, row.rated_3, row.rated_4, row.rated_5],
    })),
    charges: charges.map(({ amount_micros: amountMicros, channel, ...row }) => ({
      ...row,
      channel: channelOf(channel),
      amountMicros,
    })),
    costs: [...(await readEnteredCosts(tx, serviceId)), ...(await readSystemCosts(tx, serviceId))],
    firstDay: first?.day ?? null,
  };
}

async function readEnteredCosts(tx: ReaderTx, serviceId: string): Promise<PeriodCost[]> {
  const rows = await measuresReader(tx)
    .selectFrom('costs')
    .selectAll()
    .distinctOn(['organisation_id', 'cost_id'])
    .where('service_id', '=', serviceId)
    .orderBy('organisation_id')
    .orderBy('cost_id')
    .orderBy('revision', 'desc')
    .execute();
  return rows.flatMap((row) =>
    row.amount === null
      ? []
      : [
          {
            kind: kindOf(row.kind),
            system: null,
            channel: channelOf(row.channel),
            shares: sharesOf(row.shares),
            from: row.from_day,
            to: row.to_day,
            amount: row.amount,
            currency: row.currency,
            quality: row.quality === 'measured' ? 'measured' : 'estimated',
          },
        ],
  );
}

async function readSystemCosts(tx: ReaderTx, serviceId: string): Promise<PeriodCost[]> {
  const rows = await measuresReader(tx)
    .selectFrom('system_costs')
    .selectAll()
    .distinctOn(['organisation_id', 'contract_key'])
    .where('service_id', '=', serviceId)
    .orderBy('organisation_id')
    .orderBy('contract_key')
    .orderBy('revision', 'desc')
    .execute();
  return rows.flatMap((row) =>
    row.amount === null
      ? []
      : [
          {
            kind: 'systems',
            system: row.system_name,
            channel: channelOf(row.channel),
            shares: null,
            from: row.from_day,
            to: row.to_day,
            amount: row.amount,
            currency: row.currency,
            quality: row.quality === 'measured' ? 'measured' : 'estimated',
          },
        ],
  );
}

function channelOf(text: string | null): Channel | null {
  return channels.find((channel) => channel === text) ?? null;
}

function kindOf(text: string): CostKind {
  return costKinds.find((kind) => kind === text) ?? 'overheads';
}
