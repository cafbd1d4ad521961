import type { Outcome } from './post.ts';

/** How an endpoint is told: how long it may take to answer, and when it is tried again. */
export interface Schedule {
  readonly timeoutSeconds: number;
  /** The pauses before the second attempt and each after it. After the last one the delivery is dead. */
  readonly pausesSeconds: readonly number[];
  /** Whether it is of use to try again after such an outcome. */
  readonly retries: (outcome: Outcome) => boolean;
}

export type EndpointKind = 'webhook' | 'callback';

export const schedules: Readonly<Record<EndpointKind, Schedule>> = {
  // Standard Webhooks, "Deliverability and reliability": up to half a minute to answer, retries over more than a day with
  // growing pauses, and 410 Gone means that nobody is there any more.
  webhook: {
    timeoutSeconds: 15,
    pausesSeconds: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000],
    retries: ({ status }) => status !== 410,
  },
  // As GOV.UK Notify calls back: five times, five minutes apart, after what may pass by itself.
  callback: {
    timeoutSeconds: 5,
    pausesSeconds: [300, 300, 300, 300, 300],
    retries: ({ outcome, status }) => outcome === 'no-answer' || status === 429 || (status !== null && status >= 500),
  },
};
