import type { ContractStep } from '../problem/problem.ts';

/** What is done with a contract, as a person is told to do it. */
export const wordsOfAction: Readonly<Record<ContractStep['action'], string>> = {
  lapse: 'Let it end, giving notice where it asks for that',
  terminate: 'Give notice to end it early',
  extend: 'Take the option to extend',
  tacit: 'Let it renew by itself',
  bridge: 'Agree to go on month by month',
  renew: 'Buy it again in a competition',
};

/** What a plan does although a rule of spending is against it. */
export const wordsOfBroken: Readonly<Record<ContractStep['action'] | 'move', string>> = {
  ...wordsOfAction,
  move: 'Begin the move all the same',
};
