import type { Content } from '../messages.ts';

export const channels = ['email', 'sms', 'letter'] as const;
export type Channel = (typeof channels)[number];

/** A message as a provider is given it. */
export interface OutgoingMessage {
  readonly id: string;
  /** The same for every try, and for every message another: the Message-ID of an e-mail is made of it. */
  readonly token: string;
  /** What a Message-ID ends with. */
  readonly domain: string;
  readonly to: string;
  readonly content: Content;
  /** Of an e-mail the address that answers go to; of a text message what it is shown to come from. */
  readonly sender: string | null;
  /** The name of the service, where it is one's. */
  readonly serviceName: string | null;
  /** When it was written: an e-mail that waited says so. ISO 8601. */
  readonly writtenAt: string;
}

/** What a provider said when it took a message. */
export interface Acceptance {
  /** What the provider calls it, by which its receipts are known. */
  readonly reference?: string;
}

/** Whatever takes messages of one channel towards their recipients. */
export interface Provider {
  /** How many messages it may be given at once. */
  readonly capacity: number;
  /**
   * Hands one message over: resolves once the provider has taken it.
   *
   * @throws ProviderRefusal where it has not.
   */
  send(message: OutgoingMessage): Promise<Acceptance>;
  /**
   * Takes a batch of letters, whole or not at all; one that it has taken already it leaves as it is.
   *
   * @throws ProviderRefusal where it has not.
   */
  takeBatch?(batch: LetterBatch): Promise<void>;
  close(): Promise<void> | void;
}

/** Letters that are printed together. */
export interface LetterBatch {
  readonly id: string;
  /** The day on which it was settled, as an ISO date. */
  readonly day: string;
  readonly letters: AsyncIterable<BatchedLetter>;
}

/** One letter of a batch. */
export interface BatchedLetter {
  readonly id: string;
  readonly pdf: Buffer;
  readonly pages: number;
  readonly postage: string;
}

/**
 * Why a message was not taken:
 *
 * - `recipient`: there is no such recipient, whoever is asked.
 * - `message`: this provider will never take this message; another might.
 * - `later`: not this message now; others may well go.
 * - `provider`: it takes nothing now: it is away, overloaded, or does not accept our login. Counts against it.
 */
export type Blame = 'recipient' | 'message' | 'later' | 'provider';

/** A provider did not take a message. The words are ours, because a provider's may quote an address. */
export class ProviderRefusal extends Error {
  readonly blame: Blame;

  constructor(words: string, blame: Blame) {
    super(words);
    this.name = 'ProviderRefusal';
    this.blame = blame;
  }
}
