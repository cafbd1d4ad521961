import { listOrganisations } from '#organisations';
import { recordUnitCharges } from '#measures';
import { isDay, newId, oneOf, Problem, recordAudit, type Database, type Scope, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import type { Claim } from './hand-over/queue.ts';
import { channels, type Channel } from './providers/provider.ts';

/** What a message of a channel costs from a day on. Amounts are millionths of a pound. */
export interface Rate {
  readonly channel: Channel;
  /** Of a letter; null for the other channels. */
  readonly postage: string | null;
  /** An ISO date. */
  readonly fromDay: string;
  readonly messageMicros: number;
  /** For each fragment of a text message, or sheet of a letter. */
  readonly unitMicros: number;
}

/** What a message cost: its units, and millionths of a pound. */
export interface Cost {
  readonly units: number;
  readonly micros: number;
}

const postages = ['first', 'second', 'economy', 'europe', 'rest-of-world'] as const;

/**
 * What counts until operators set rates of their own: as much as public price lists say of e-mail through one's own mail
 * server, a text message in bulk, and a printed and posted letter in 2026. Estimates, and shown as such.
 */
export const builtInRates: readonly Rate[] = [
  { channel: 'email', postage: null, fromDay: '2000-01-01', messageMicros: 0, unitMicros: 0 },
  { channel: 'sms', postage: null, fromDay: '2000-01-01', messageMicros: 0, unitMicros: 24_000 },
  ...[
    ['first', 1_600_000],
    ['second', 650_000],
    ['economy', 600_000],
    ['europe', 1_900_000],
    ['rest-of-world', 2_300_000],
  ].map(([postage, messageMicros]): Rate => ({
    channel: 'letter',
    postage: String(postage),
    fromDay: '2000-01-01',
    messageMicros: Number(messageMicros),
    unitMicros: 60_000,
  })),
];

/** The rates of the whole government, as operators set them. */
export interface Rates {
  /** Those that are in force on a day or come later, and what is built in where none is. */
  list(): Promise<readonly Rate[]>;
  /** What a message costs on a day. Known at once: the rates are read again every minute. */
  costOf(message: { channel: Channel; postage: string | null; units: number; day: string }): Cost;
  refresh(): Promise<void>;
  /** @throws Problem unprocessable where it cannot be one. */
  set(scope: Scope, rate: Rate): Promise<void>;
}

const believedFor = 60_000;

export function createRates(database: Database): Rates {
  let known: readonly Rate[] = builtInRates;
  let readAt = -Infinity;

  async function read(): Promise<void> {
    const root = (await listOrganisations(database)).find((each) => each.parentId === null)?.id;
    if (root === undefined) return;
    const scope: Scope = { organisationId: root, actor: { kind: 'system', name: 'notify.rates' } };
    const rows = await database.transact(scope, (tx) =>
      notifyTables(tx)
        .selectFrom('rates')
        .selectAll()
        .where('organisation_id', '=', tx.organisationId)
        .orderBy('from_day', 'desc')
        .orderBy('id', 'desc')
        .execute(),
    );
    const own = rows.map((row) => ({
      channel: oneOf(channels, row.channel),
      postage: row.postage,
      fromDay: row.from_day,
      messageMicros: row.message_micros,
      unitMicros: row.unit_micros,
    }));
    known = [...own, ...builtInRates];
    readAt = performance.now();
  }

  const refresh = async (): Promise<void> => {
    if (performance.now() - readAt > believedFor) await read();
  };

  return {
    refresh,

    async list() {
      await refresh();
      return known;
    },

    costOf({ channel, postage, units, day }) {
      const rate = known.find(
        (each) => each.channel === channel && each.fromDay <= day && (channel !== 'letter' || each.postage === postage),
      );
      return { units, micros: (rate?.messageMicros ?? 0) + units * (rate?.unitMicros ?? 0) };
    },

    async set(scope, rate) {
      const isLetter = rate.channel === 'letter';
      const isPostage = rate.postage !== null && postages.some((each) => each === rate.postage);
      const amounts = [rate.messageMicros, rate.unitMicros];
      if (
        !isDay(rate.fromDay) ||
        isLetter !== isPostage ||
        !amounts.every((each) => Number.isInteger(each) && each >= 0)
      ) {
        throw new Problem('unprocessable', { message: 'Enter a day, and amounts in pounds of 0 or more.' });
      }
      await database.transact(scope, async (tx) => {
        await notifyTables(tx)
          .insertInto('rates')
          .values({
            organisation_id: tx.organisationId,
            id: newId(),
            channel: rate.channel,
            postage: rate.postage,
            from_day: rate.fromDay,
            message_micros: rate.messageMicros,
            unit_micros: rate.unitMicros,
            set_by: 'name' in scope.actor ? scope.actor.name : 'system',
          })
          .execute();
        await recordAudit(tx, {
          action: 'notify.rate-set',
          subject: { kind: 'rate', name: [rate.channel, rate.postage].filter((each) => each !== null).join(' ') },
          detail: { fromDay: rate.fromDay, messageMicros: rate.messageMicros, unitMicros: rate.unitMicros },
        });
      });
      await read();
    },
  };
}

const kinds = { email: 'email', sms: 'text message', letter: 'letter' } as const;

/** Charges the services for messages that providers took, in the transaction that records so. */
export async function chargeServices(
  tx: Tx,
  accepted: readonly { claim: Pick<Claim, 'messageId' | 'serviceId' | 'channel'>; cost: Cost }[],
): Promise<void> {
  for (const [serviceId, of] of Map.groupBy(accepted, ({ claim }) => claim.serviceId)) {
    if (serviceId === null) continue;
    await recordUnitCharges(
      tx,
      serviceId,
      of.map(({ claim, cost }) => ({
        component: 'notify',
        kind: kinds[claim.channel],
        key: claim.messageId,
        quantity: cost.units,
        amountMicros: cost.micros,
        currency: 'GBP',
      })),
    );
  }
}
