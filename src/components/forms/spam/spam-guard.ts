import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Service } from '#organisations';
import { isTrying } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import type { CompiledForm } from '../versions/compile.ts';
import type { Posted } from '../questions/questions.ts';
import { Allowance } from './allowance.ts';

/** The field that only programs fill in: people do not see it. No question has a name that begins so. */
export const trapField = '_homepage';

/**
 * Holds up programs that fill in public forms, without asking people to prove that they are none: no pictures, no script,
 * no third party. Nobody's answers are lost: who is held up is told what to do, and goes on.
 */
export interface SpamGuard {
  /** Seconds to wait before this form may be begun from this address; 0 for none. Takes one of those that may be. */
  holdStart(request: FastifyRequest, service: Service): number;
  /** The same for saving, which sends an e-mail to whatever address is typed. */
  holdSaving(request: FastifyRequest, service: Service): number;
  /** Whether this may have been begun so short a time ago that it is held: else nobody need look. */
  mayHold(holder: Holder): boolean;
  /** Seconds to wait before what was begun only now may be sent: nobody reads so many pages so quickly; 0 for none. */
  holdSending(holder: Holder, form: CompiledForm): number;
}

/** Whether the field was filled in that only programs see. */
export const isTrapped = (posted: Posted): boolean => typeof posted[trapField] === 'string' && posted[trapField] !== '';

/** Everybody in an office, a library or a hall of residence may have one address: they begin together. */
const fromOneAddress = { most: 60, perMinute: 30 } as const;
/** In each process, of one form. More than the busiest form has, and less than what would be in the way of the others. */
const ofOneForm = { most: 6000, perMinute: 6000 } as const;
/** Each sends an e-mail. */
const savedFromOneAddress = { most: 30, perMinute: 10 } as const;

/** In seconds: for the shortest form, for each page more, and at most. */
const quickest = { atLeast: 2, eachPage: 1, atMost: 10 } as const;

/** @param isOn false for tests and measurements, whose programs are quicker than people. */
export function createSpamGuard(isOn: boolean): SpamGuard {
  const startsFrom = new Allowance(fromOneAddress);
  const startsOf = new Allowance(ofOneForm);
  const savesFrom = new Allowance(savedFromOneAddress);
  return {
    holdStart(request, { id }) {
      if (!isOn) return 0;
      return startsFrom.take(`${id} ${networkOf(request.ip)}`) || startsOf.take(id);
    },

    holdSaving(request, { id }) {
      return isOn ? savesFrom.take(`${id} ${networkOf(request.ip)}`) : 0;
    },

    mayHold: (holder) => isOn && !isTrying(holder) && Date.now() - beganAt(holder) < quickest.atMost * 1000,

    holdSending(holder, { pages }) {
      if (!isOn || isTrying(holder)) return 0;
      const { atLeast, eachPage, atMost } = quickest;
      const seconds = Math.min(atLeast + eachPage * pages.length, atMost);
      return Math.max(0, Math.ceil(seconds - (Date.now() - beganAt(holder)) / 1000));
    },
  };
}

/** When an application was begun, in milliseconds: its identifier begins with it (RFC 9562, section 5.7). */
function beganAt({ id }: Holder): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

/** Whoever has an IPv6 address has 2^64 of them: they count as one (RFC 6177). Held in memory only. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = address.toLowerCase().split('::');
  const left = before === '' ? [] : before.split(':');
  const right = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
