import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import smpp, { type PDU, type Session } from 'smpp';
import type { SmppSettings } from './kinds.ts';
import { ProviderRefusal, type Provider } from './provider.ts';
import { encodeText } from './text-parts.ts';

/** What a text message centre tells us, each kept before the centre is told so. */
export interface TextInbound {
  receipt(receipt: {
    reference: string;
    status: 'pending' | 'delivered' | 'permanent-failure' | 'temporary-failure' | 'technical-failure';
    code: string;
  }): Promise<void>;
  receivedText(text: { from: string; to: string; content: string }): Promise<void>;
}

const standardWindow = 20;
/** All in milliseconds. */
const answerTimeout = 15_000;
const bindTimeout = 10_000;
const longestReconnectPause = 30_000;
const throttlePause = 1000;
/** How often a part is offered again to a centre that asks us to slow down. */
const throttledTries = 5;
/** For how long the parts of a long message that somebody sends us are waited for. */
const partsTimeout = 60_000;

/** SMPP 3.4, section 5.1.3. */
const status = {
  ok: 0,
  messageQueueFull: 0x14,
  throttled: 0x58,
  bindFailed: 0x0d,
  invalidPassword: 0x0e,
  systemError: 0x08,
  temporaryError: 0x64,
} as const;
const invalidRecipient = new Set([0x0b, 0x50, 0x51]);

/**
 * A connection to a text message centre as SMPP 3.4 has it: bound as a transceiver for as long as the process lives, and
 * bound again after it was lost.
 *
 * @param options.sender what messages are shown to come from where the service chose nothing.
 */
export function connectTextCentre(settings: SmppSettings, options: { sender: string; inbound: TextInbound }): Provider {
  const { inbound } = options;
  const address = new URL(settings.url.replace(/^s?smpp:/, (scheme) => (scheme === 'ssmpp:' ? 'https:' : 'http:')));
  const window = createWindow(settings.window ?? standardWindow);
  const parts = new Map<string, { pdu: PDU; session: Session; number: number; text: string }[]>();
  const closing = new AbortController();
  let session: Session | undefined;
  let bound = Promise.withResolvers<void>();
  let whyNot = 'The text message centre could not be reached.';
  /** Waiting for an answer of the session that is open now. */
  const waiting = new Set<(refusal: ProviderRefusal) => void>();
  let slowUntil = 0;

  async function stayConnected(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted;) {
      const began = performance.now();
      await holdSession();
      failures = performance.now() - began > longestReconnectPause ? 0 : failures + 1;
      await pause(Math.min(longestReconnectPause, 250 * 2 ** failures), undefined, { signal: closing.signal }).catch(
        () => {},
      );
    }
  }

  /** Opens a session, and resolves once it is over. */
  function holdSession(): Promise<void> {
    return new Promise((resolve) => {
      const opened = smpp.connect({ url: settings.url, auto_enquire_link_period: 30_000 });
      session = opened;
      const timer = setTimeout(() => opened.destroy(), bindTimeout);
      const end = (): void => {
        clearTimeout(timer);
        if (session !== opened) return;
        session = undefined;
        bound = Promise.withResolvers<void>();
        for (const fail of waiting)
          fail(new ProviderRefusal('The connection to the text message centre broke.', 'provider'));
        waiting.clear();
        resolve();
      };
      opened.on('error', () => opened.destroy());
      opened.on('close', end);
      opened.on('connect', () => bind(opened, () => clearTimeout(timer)));
      opened.on('secureConnect', () => bind(opened, () => clearTimeout(timer)));
      opened.on('enquire_link', (pdu: PDU) => opened.send(pdu.response()));
      opened.on('unbind', (pdu: PDU) => {
        opened.send(pdu.response());
        opened.close();
      });
      opened.on('deliver_sm', (pdu: PDU) => void receive(opened, pdu));
    });
  }

  function bind(opened: Session, onBound: () => void): void {
    const values = {
      system_id: decodeURIComponent(address.username),
      password: decodeURIComponent(address.password),
      system_type: settings.systemType ?? '',
      interface_version: 0x34,
    };
    opened.bind_transceiver(values, ({ command_status: answered }) => {
      if (answered === status.ok) {
        onBound();
        bound.resolve();
        return;
      }
      whyNot = [status.bindFailed, status.invalidPassword].some((each) => each === answered)
        ? 'The text message centre did not accept our login.'
        : `The text message centre did not let us in (${hex(answered)}).`;
      opened.close();
    });
  }

  async function receive(from: Session, pdu: PDU): Promise<void> {
    const isReceipt = ((pdu.esm_class ?? 0) & 0x3c) === 0x04;
    try {
      if (isReceipt) {
        const receipt = readReceipt(pdu);
        if (receipt !== null) await inbound.receipt(receipt);
        from.send(pdu.response());
      } else {
        await receiveText(from, pdu);
      }
    } catch {
      // The centre keeps it and sends it again.
      from.send(pdu.response({ command_status: status.temporaryError }));
    }
  }

  /** The parts of a long message are answered together, once the whole is kept: none is lost that way. */
  async function receiveText(from: Session, pdu: PDU): Promise<void> {
    const text = textOf(pdu);
    const [reference, count, number] = partOf(pdu);
    const between = { from: pdu.source_addr ?? '', to: pdu.destination_addr ?? '' };
    if (count <= 1) {
      await inbound.receivedText({ ...between, content: text });
      from.send(pdu.response());
      return;
    }
    const key = [between.from, between.to, reference, count].join(' ');
    const open = parts.get(key) ?? [];
    if (open.length === 0) {
      parts.set(key, open);
      setTimeout(() => {
        if (parts.get(key) !== open) return;
        parts.delete(key);
        for (const part of open) part.session.send(part.pdu.response({ command_status: status.temporaryError }));
      }, partsTimeout).unref();
    }
    if (!open.some((part) => part.number === number)) open.push({ pdu, session: from, number, text });
    if (open.length < count) return;
    parts.delete(key);
    const ordered = open.toSorted((one, other) => one.number - other.number);
    try {
      await inbound.receivedText({ ...between, content: ordered.map((part) => part.text).join('') });
      for (const part of ordered) part.session.send(part.pdu.response());
    } catch {
      for (const part of ordered) part.session.send(part.pdu.response({ command_status: status.temporaryError }));
    }
  }

  /** Submits one part. @returns what the centre calls it. */
  async function submit(values: Readonly<Record<string, unknown>>): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      const slow = slowUntil - performance.now();
      if (slow > 0) await pause(slow);
      const answer = await submitOnce(values);
      const answered = answer.command_status;
      if (answered === status.ok) return answer.message_id ?? '';
      const isBusy = answered === status.throttled || answered === status.messageQueueFull;
      if (!isBusy || tries === throttledTries) throw refusalOf(answered, isBusy);
      slowUntil = performance.now() + throttlePause * tries;
    }
  }

  async function submitOnce(values: Readonly<Record<string, unknown>>): Promise<PDU> {
    const release = await window.enter();
    try {
      await Promise.race([bound.promise, timeOut(bindTimeout, () => new ProviderRefusal(whyNot, 'provider'))]);
      return await new Promise<PDU>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(reject);
          // What does not answer is connected to anew: the answers that are under way belong to nobody any more.
          reject(new ProviderRefusal('The text message centre did not answer in time.', 'provider'));
          session?.destroy();
        }, answerTimeout);
        waiting.add(reject);
        const isSent = session?.submit_sm(values, (answer) => {
          clearTimeout(timer);
          waiting.delete(reject);
          resolve(answer);
        });
        if (isSent === true) return;
        clearTimeout(timer);
        waiting.delete(reject);
        reject(new ProviderRefusal(whyNot, 'provider'));
      });
    } finally {
      release();
    }
  }

  void stayConnected();
  return {
    capacity: settings.window ?? standardWindow,

    async send(message) {
      const text = message.content.text ?? message.content.body;
      const digest = createHash('sha256').update(message.token).digest();
      const { dataCoding, parts: pieces, whole } = encodeText(text, digest[0] ?? 0);
      const sender = message.sender ?? options.sender;
      const isNumber = /^\d{3,15}$/.test(sender);
      const common = {
        source_addr_ton: isNumber ? 1 : 5,
        source_addr_npi: isNumber ? 1 : 0,
        source_addr: sender.slice(0, isNumber ? 15 : 11),
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: message.to,
        data_coding: dataCoding,
        // The same for every try: a centre that looks for duplicates knows the message by it.
        user_message_reference: digest.readUInt16BE(1),
      };
      if (pieces.length === 1 || settings.longMessages === 'payload') {
        const content = pieces.length === 1 ? { short_message: pieces[0] } : { message_payload: whole };
        return { reference: await submit({ ...common, ...content, registered_delivery: 1 }) };
      }
      let reference = '';
      for (const [index, piece] of pieces.entries()) {
        const isLast = index === pieces.length - 1;
        reference = await submit({
          ...common,
          esm_class: 0x40,
          short_message: piece,
          // The last part stands for the whole: a phone shows the message once it has them all.
          registered_delivery: isLast ? 1 : 0,
        });
      }
      return { reference };
    },

    async close() {
      closing.abort();
      const open = session;
      if (open === undefined) return;
      open.unbind(() => open.close());
      await Promise.race([new Promise<void>((resolve) => open.once('close', () => resolve())), pause(1000)]);
      open.destroy();
    },
  };
}

function refusalOf(answered: number, isBusy: boolean): ProviderRefusal {
  if (isBusy) return new ProviderRefusal('The text message centre asks us to slow down.', 'later');
  if (invalidRecipient.has(answered)) {
    return new ProviderRefusal(`The text message centre knows no such number (${hex(answered)}).`, 'recipient');
  }
  const words = `The text message centre did not take the message (${hex(answered)}).`;
  return new ProviderRefusal(words, answered === status.systemError ? 'provider' : 'later');
}

/** SMPP 3.4, section 5.2.28, and appendix B for centres that say it in the text alone. Null where it is nonsense. */
export function readReceipt(
  pdu: Pick<PDU, 'receipted_message_id' | 'message_state' | 'short_message' | 'message_payload'>,
): Parameters<TextInbound['receipt']>[0] | null {
  const text = textOf(pdu);
  const reference = pdu.receipted_message_id?.replace(/\0+$/, '') ?? /\bid:\s*([^\s]+)/i.exec(text)?.[1];
  const word = /\bstat:\s*([A-Z]+)/i.exec(text)?.[1]?.toUpperCase() ?? stateWords[pdu.message_state ?? -1];
  if (reference === undefined || reference === '' || reference.length > 200 || word === undefined) return null;
  const outcome = outcomes.get(word.slice(0, 7));
  if (outcome === undefined) return null;
  const code = /\berr:\s*([0-9A-Z]{1,5})/i.exec(text)?.[1] ?? '';
  return { reference, status: outcome, code: `${word.slice(0, 7)} ${code}`.trim() };
}

const stateWords: Readonly<Record<number, string>> = {
  1: 'ENROUTE',
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  6: 'ACCEPTD',
  7: 'UNKNOWN',
  8: 'REJECTD',
};
const outcomes: ReadonlyMap<string, Parameters<TextInbound['receipt']>[0]['status']> = new Map([
  ['ENROUTE', 'pending'],
  ['ACCEPTD', 'pending'],
  ['DELIVRD', 'delivered'],
  // The phone was off or out of reach for as long as the network tries.
  ['EXPIRED', 'temporary-failure'],
  ['UNDELIV', 'permanent-failure'],
  ['REJECTD', 'permanent-failure'],
  ['DELETED', 'technical-failure'],
  ['UNKNOWN', 'technical-failure'],
]);

function textOf({
  short_message: short,
  message_payload: payload,
}: Pick<PDU, 'short_message' | 'message_payload'>): string {
  const content = short !== undefined && short.message.length > 0 ? short : payload;
  if (content === undefined) return '';
  return typeof content.message === 'string' ? content.message : content.message.toString('latin1');
}

/** Which part of how many, of which message: from the header of the message. */
function partOf({ short_message: short }: PDU): [reference: number, count: number, number: number] {
  for (const element of short?.udh ?? []) {
    if (element[0] === 0x00 && element.length >= 5) return [element[2] ?? 0, element[3] ?? 1, element[4] ?? 1];
    if (element[0] === 0x08 && element.length >= 6) {
      return [element.readUInt16BE(2), element[4] ?? 1, element[5] ?? 1];
    }
  }
  return [0, 1, 1];
}

/** Lets so many in at once; the others wait in line. */
function createWindow(size: number): { enter(): Promise<() => void> } {
  let inside = 0;
  const line: (() => void)[] = [];
  const leave = (): void => {
    const next = line.shift();
    if (next === undefined) inside -= 1;
    else next();
  };
  return {
    async enter() {
      if (inside < size) inside += 1;
      else await new Promise<void>((resolve) => line.push(resolve));
      return leave;
    },
  };
}

async function timeOut(milliseconds: number, error: () => Error): Promise<never> {
  await pause(milliseconds, undefined, { ref: false });
  throw error();
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
