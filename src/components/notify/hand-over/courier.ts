import { setTimeout as pause } from 'node:timers/promises';
import { listServicesAcross } from '#organisations';
import { newId, type Calendar, type Database, type Keyring, type Log, type Scope, type Tx } from '#platform';
import type { Rates } from '../costs.ts';
import { openSealed } from '../messages.ts';
import { createPlaces, type Places } from '../providers/places.ts';
import type { Channel, OutgoingMessage, Provider } from '../providers/provider.ts';
import { ProviderRefusal } from '../providers/provider.ts';
import type { Providers } from '../providers/providers.ts';
import { failureOf } from '../recipients.ts';
import { holdClaims, type ClaimHolder } from './claim-holder.ts';
import { claimMessages, releaseClaims, type Claim } from './queue.ts';
import { createRecorder } from './recorder.ts';
import type { Accepted, ClaimResult, Happening, Result, Settled } from './results.ts';
import { messageToken } from './tokens.ts';

/** How long a courier with nothing to do waits before it looks again, in milliseconds: a small part of the ten seconds promised. */
const idlePause = 250;
/** How often it looks for messages of couriers that died. */
const takeOverPause = 3000;
/** How soon a message comes up again that no provider could be asked for, in seconds. */
const unreachablePause = 3;
/** How many messages one transaction claims at most. */
const mostClaimed = 100;
/**
 * How many messages that a provider has may wait for their record before more are claimed: what is handed over twice after
 * kill -9 is among them.
 */
const mostUnrecorded = 200;
/** Letters leave by the day, not one by one. */
const couriered: readonly Channel[] = ['email', 'sms'];
/** How many messages without a provider are put aside at once. */
const keepingCapacity = 200;

/** Hands messages over: as many as wanted may do so beside each other, in as many processes. */
export interface Courier {
  /** Hands one message over now, whether it is due or not; nothing where another courier has it, or it is done. */
  handOver(scope: Scope, messageId: string): Promise<void>;
  /** Hands over whatever waits, until it is stopped; what is in its hands then is still finished. */
  start(log: Log): Promise<{ stop(): Promise<void> }>;
}

export interface CourierDependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly providers: Providers;
  readonly rates: Rates;
  readonly calendar: Calendar;
  /** What Message-IDs end with. */
  readonly domain: string;
  /** Called in the transaction that records that providers have these messages. */
  readonly onAccepted: (tx: Tx, accepted: readonly Accepted[]) => Promise<void>;
  /** Called in the transaction that records that these messages have come to an end. */
  readonly onSettled: (tx: Tx, settled: readonly Settled[]) => Promise<void>;
}

/**
 * Makes a courier. A message is handed over once: what a provider has, it is not given again. Only where the program dies
 * between the provider's acceptance and our record of it is a message handed over a second time, under the same name.
 */
export function createCourier(dependencies: CourierDependencies): Courier {
  const { database, keyring, providers, domain, rates, calendar } = dependencies;
  const courier = newId();
  const recorder = createRecorder(dependencies);
  /** Messages that this courier has claimed, until what became of them is recorded. */
  const claimed = new Set<string>();
  /** Messages that a provider does not have yet, by channel. */
  const inHand = new Map<Channel, number>();
  const placesOfProviders = new WeakMap<Provider, Places>();
  let unrecorded = 0;
  let names = new Map<string, string>();
  /** Ends the pause of the loop. */
  let wake = (): void => {};

  async function work(claims: readonly Claim[], scope: Scope): Promise<void> {
    await Promise.all(
      claims.map(async (claim) => {
        unrecorded += 1;
        claimed.add(claim.messageId);
        try {
          await recorder.record(scope, await inHandDuring(claim, () => handOut(claim)));
        } finally {
          unrecorded -= 1;
          claimed.delete(claim.messageId);
        }
      }),
    );
  }

  /** The next message is taken up while this one is recorded: a provider does not wait for our database. */
  async function inHandDuring<T>({ channel }: Claim, give: () => Promise<T>): Promise<T> {
    inHand.set(channel, (inHand.get(channel) ?? 0) + 1);
    try {
      return await give();
    } finally {
      inHand.set(channel, (inHand.get(channel) ?? 1) - 1);
      if (freeOf(channel) > 0) wake();
    }
  }

  /**
   * How many messages of a channel may be claimed now. None while more than half of its places are taken: messages are
   * claimed several at a time, since each claim is a transaction.
   */
  function freeOf(channel: Channel): number {
    const open = providers.of(channel);
    // One that hangs takes nothing, and what it has is not counted: the others are given as much as ever.
    const stuck = open.filter((each) => each.circuit.state.openedAt === null && placesOf(each.provider).isStuck());
    const held = stuck.reduce((sum, { provider }) => sum + placesOf(provider).count, 0);
    const lost = stuck.reduce((sum, { provider }) => sum + provider.capacity, 0);
    const capacity = open.length === 0 ? keepingCapacity : Math.max(1, providers.capacity(channel) - lost);
    const free = capacity - Math.max(0, (inHand.get(channel) ?? 0) - held);
    return free * 2 < capacity ? 0 : Math.min(free, mostUnrecorded - unrecorded);
  }

  function placesOf(provider: Provider): Places {
    let own = placesOfProviders.get(provider);
    if (own === undefined) {
      own = createPlaces(provider.capacity);
      placesOfProviders.set(provider, own);
    }
    return own;
  }

  async function handOut(claim: Claim): Promise<ClaimResult> {
    const happenings: Happening[] = [];
    const { to, content } = openSealed(keyring, {
      organisation_id: claim.organisationId,
      id: claim.messageId,
      sealed_recipient: claim.sealedRecipient,
      sealed_content: claim.sealedContent,
    });
    const as = (result: Result): ClaimResult => ({ claim, result, happenings });
    if (to === null || content === null) return as({ kind: 'gone' });
    if (claim.keyKind !== null) {
      const failure = failureOf(to);
      if (failure !== undefined || claim.keyKind === 'test') return as({ kind: 'pretended', failure: failure ?? null });
    }
    return as(
      await offer(claim, happenings, {
        id: claim.messageId,
        token: messageToken(keyring, claim),
        domain: claim.domain,
        to,
        content,
        sender: claim.sender,
        serviceName: claim.serviceId === null ? null : (names.get(claim.serviceId) ?? null),
        writtenAt: claim.createdAt,
      }),
    );
  }

  /** Offers a message to one provider after the other, until one takes it. */
  async function offer(claim: Claim, happenings: Happening[], message: OutgoingMessage): Promise<Result> {
    const { channel } = claim;
    const candidates = providers.of(channel);
    if (candidates.length === 0) return { kind: 'kept' };
    let last: ProviderRefusal | undefined;
    let isRefusedByAll = true;
    for (const candidate of candidates) {
      const permitted = await candidate.circuit.permits();
      if (permitted === 'no') {
        isRefusedByAll = false;
        continue;
      }
      const place = placesOf(candidate.provider);
      // The one message of a trial finds out whether it still hangs.
      const hasPlace = permitted === 'as a trial' ? undefined : await place.take();
      if (hasPlace === false) {
        isRefusedByAll = false;
        continue;
      }
      try {
        const { reference = null } = await candidate.provider.send(message);
        await candidate.circuit.answered();
        const cost = rates.costOf({ channel, postage: null, units: claim.fragments ?? 1, day: calendar.today() });
        return { kind: 'accepted', provider: candidate.name, reference, cost };
      } catch (error) {
        const refusal =
          error instanceof ProviderRefusal
            ? error
            : new ProviderRefusal('The provider failed in a way that is not known.', 'provider');
        if (refusal.blame === 'provider') await candidate.circuit.failed(refusal.message, permitted === 'as a trial');
        else await candidate.circuit.answered();
        last = refusal;
        if (refusal.blame === 'recipient') {
          return { kind: 'failed', status: 'permanent-failure', words: refusal.message };
        }
        isRefusedByAll &&= refusal.blame === 'message';
        happenings.push({ what: 'Not taken', provider: candidate.name, detail: refusal.message });
      } finally {
        if (hasPlace === true) place.leave();
      }
    }
    if (last === undefined) {
      const words = 'No provider can be reached just now.';
      return { kind: 'again', words, counted: false, afterSeconds: unreachablePause };
    }
    if (isRefusedByAll) return { kind: 'failed', status: 'technical-failure', words: last.message };
    return { kind: 'again', words: last.message, counted: true };
  }

  /** Claims what there is room for, of every organisation its part. Says whether there was anything. */
  async function claimRound(onClaimed: (working: Promise<void>) => void): Promise<boolean> {
    if (couriered.every((channel) => freeOf(channel) <= 0)) return false;
    const places = await database.find<{ organisation_id: string; channel: Channel }>(
      'select * from notify.find_hand_overs()',
      [],
    );
    let found = false;
    for (const channel of new Set(places.map((place) => place.channel))) {
      const organisations = shuffle(places.filter((place) => place.channel === channel));
      let free = freeOf(channel);
      for (const [index, { organisation_id: organisationId }] of organisations.entries()) {
        const most = Math.min(mostClaimed, Math.ceil(free / (organisations.length - index)));
        if (most <= 0) break;
        const scope = scopeOf(organisationId);
        const claims = await database.transact(scope, (tx) => claimMessages(tx, { courier, channel, most, domain }));
        if (claims.length === 0) continue;
        found = true;
        free -= claims.length;
        onClaimed(work(claims, scope));
      }
    }
    return found;
  }

  async function takeOver(holder: ClaimHolder): Promise<void> {
    const claims = await database.find<{ organisation_id: string; claimed_by: string }>(
      'select * from notify.find_claims()',
      [],
    );
    const others = claims.filter((claim) => claim.claimed_by !== courier);
    const gone = await holder.listGone([...new Set(others.map((claim) => claim.claimed_by))]);
    for (const [organisationId, held] of Map.groupBy(others, (claim) => claim.organisation_id)) {
      const dead = held.map((claim) => claim.claimed_by).filter((id) => gone.includes(id));
      if (dead.length > 0) await database.transact(scopeOf(organisationId), (tx) => releaseClaims(tx, dead));
    }
    // A database that died may have kept a claim whose answer never came, or a record may have failed for good.
    for (const { organisation_id: organisationId } of claims.filter((claim) => claim.claimed_by === courier)) {
      await database.transact(scopeOf(organisationId), (tx) => releaseClaims(tx, [courier], [...claimed]));
    }
  }

  async function learnNames(): Promise<void> {
    names = new Map((await listServicesAcross(database)).map((service) => [service.id, service.name]));
  }

  return {
    async handOver(scope, messageId) {
      await providers.refresh();
      await learnNames();
      // The one place where a message is claimed while claims may be released.
      if (claimed.has(messageId)) return;
      claimed.add(messageId);
      try {
        const claims = await database.transact(scope, (tx) =>
          claimMessages(tx, { courier, most: 1, domain, messageId }),
        );
        await work(claims, scope);
      } finally {
        claimed.delete(messageId);
      }
    },

    async start(log) {
      const stopping = new AbortController();
      const working = new Set<Promise<void>>();
      const holder = holdClaims(database, courier);
      const track = (each: Promise<void>): void => {
        const tracked = each
          .catch((error: unknown) =>
            log.warn({ error: nameOf(error) }, 'what became of messages could not be recorded'),
          )
          .finally(() => {
            working.delete(tracked);
            wake();
          });
        working.add(tracked);
      };
      const loop = async (): Promise<void> => {
        let lookedAt = 0;
        while (!stopping.signal.aborted) {
          try {
            await holder.hold();
            if (Date.now() - lookedAt > takeOverPause) {
              lookedAt = Date.now();
              await takeOver(holder);
              await learnNames();
            }
            await providers.refresh();
            await rates.refresh();
            if (await claimRound(track)) continue;
          } catch (error) {
            log.warn({ error: nameOf(error) }, 'messages cannot be handed over just now');
          }
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await Promise.race([pause(idlePause), promise]);
        }
      };
      const looping = loop();
      return {
        async stop() {
          stopping.abort();
          wake();
          await looping;
          await Promise.all(working);
          await holder.release();
        },
      };
    },
  };
}

function scopeOf(organisationId: string): Scope {
  return { organisationId, actor: { kind: 'system', name: 'notify.hand-over' } };
}

/** So that no organisation is always the last. */
function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** An error's own words may quote an address. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
