import { formatQuarter, isQuarter, quarterOf, quartersBetween, addQuarters, readQuarter } from '#measures';
import { oneOf, type Tx } from '#platform';
import { addCheck, settleCheck } from '../moving/checks.ts';
import { enterCost, transitionCostKinds } from '../moving/costs.ts';
import { beginTransition, completeTransition, giveNoticeOf, withdrawNoticeOf } from '../moving/moves.ts';
import { savingKinds, stateSaving, verifySaving } from '../moving/savings.ts';
import type { Transition } from '../moving/transitions.ts';
import { addWave, moveWave } from '../moving/waves.ts';
import { numberOf, textOf, type Answers, type Field } from './fields.ts';

/** Something that a person records about a transition: its form, and what is done with the answers. */
export interface DeedForm {
  /** What follows the transition's own address. `:item` names a wave, a check or a saving. */
  readonly path: string;
  readonly title: string;
  readonly lead?: string;
  readonly submit: string;
  readonly fields: (about: { transition: Transition; today: string }) => readonly Field[];
  readonly record: (
    tx: Tx,
    sent: { readonly id: string; readonly item: string; readonly answers: Answers; readonly today: string },
  ) => Promise<unknown>;
}

const evidence: Field = {
  name: 'evidence',
  label: 'What shows it',
  hint: 'Such as the reference of a letter or an invoice, who confirmed it, and where that is kept',
  kind: 'words',
};
const on = (label: string): Field => ({ name: 'on', label, hint: 'For example, 31 3 2027', kind: 'day' });

export const deedForms: readonly DeedForm[] = [
  {
    path: 'beginning',
    title: 'Begin the move',
    lead: 'From then on it is committed: a later plan leaves it as it is. It gets a checklist.',
    submit: 'Record that it began',
    fields: () => [on('When did it begin?'), evidence],
    record: (tx, { id, answers, today }) => beginTransition(tx, id, deedOf(answers, today)),
  },
  {
    path: 'notice',
    title: 'Notice of the old contract',
    lead: 'The contract’s page in the estate will say so too.',
    submit: 'Record that notice was given',
    fields: () => [on('When was notice given?'), evidence],
    record: (tx, { id, answers, today }) => giveNoticeOf(tx, id, deedOf(answers, today)),
  },
  {
    path: 'notice/withdrawal',
    title: 'Take back a notice',
    lead: 'Because it was not given after all, or the supplier agreed to go on. The contract then runs on by its own terms, and the plan asks again when to give notice.',
    submit: 'Record that it was taken back',
    fields: () => [on('When was it taken back?'), evidence],
    record: (tx, { id, answers, today }) => withdrawNoticeOf(tx, id, deedOf(answers, today)),
  },
  {
    path: 'waves',
    title: 'Add a wave',
    lead: 'A group of users that moves at once.',
    submit: 'Add the wave',
    fields: () => [
      { name: 'name', label: 'Who moves in it?', hint: 'Such as “Northern offices”', kind: 'text' },
      { name: 'users', label: 'How many users?', kind: 'whole' },
      { name: 'plannedOn', label: 'When is it to move?', kind: 'day', optional: true },
    ],
    record: (tx, { id, answers }) =>
      addWave(tx, id, {
        name: textOf(answers, 'name'),
        users: numberOf(answers, 'users') ?? 0,
        plannedOn: textOf(answers, 'plannedOn') || null,
      }),
  },
  {
    path: 'waves/:item/move',
    title: 'A wave has moved',
    submit: 'Record that it moved',
    fields: () => [on('When did it move?'), evidence],
    record: (tx, { id, item, answers, today }) => moveWave(tx, id, Number(item), deedOf(answers, today)),
  },
  {
    path: 'checks',
    title: 'Add to the checklist',
    submit: 'Add it',
    fields: () => [{ name: 'what', label: 'What has to be done?', kind: 'text' }],
    record: (tx, { id, answers }) => addCheck(tx, id, textOf(answers, 'what')),
  },
  {
    path: 'checks/:item/settlement',
    title: 'Settle a check',
    submit: 'Settle it',
    fields: () => [
      {
        name: 'as',
        label: 'Was it done?',
        kind: 'radios',
        choices: [
          ['done', 'It was done'],
          ['not needed', 'It is not needed'],
        ],
      },
      on('When?'),
      { ...evidence, label: 'What shows it, or why it is not needed' },
    ],
    record: (tx, { id, item, answers, today }) =>
      settleCheck(tx, id, {
        ...deedOf(answers, today),
        ordinal: Number(item),
        as: textOf(answers, 'as') === 'done' ? 'done' : 'not needed',
      }),
  },
  {
    path: 'costs',
    title: 'Enter what it cost',
    lead: 'What the move itself costs once: the ledger of savings is told the sum of each quarter.',
    submit: 'Enter the cost',
    fields: () => [
      {
        name: 'kind',
        label: 'What for?',
        kind: 'radios',
        choices: [
          ['moving', 'The work of moving'],
          ['dual running', 'Running the new one beside the old one'],
          ['exit fee', 'Leaving the old supplier'],
          ['platform charge', 'The platform’s own charges while moving'],
        ],
      },
      { name: 'amount', label: 'How much?', hint: 'Below zero corrects an earlier amount', kind: 'money' },
      on('When was it paid?'),
      evidence,
    ],
    record: (tx, { id, answers, today }) =>
      enterCost(tx, id, {
        ...deedOf(answers, today),
        kind: oneOf(transitionCostKinds, textOf(answers, 'kind')),
        amount: numberOf(answers, 'amount') ?? 0,
      }),
  },
  {
    path: 'savings',
    title: 'State what was saved',
    lead: 'It counts once a colleague has verified it. Nothing that was stated is erased: a correction stands beside it.',
    submit: 'State the saving',
    fields: ({ transition, today }) => [
      { name: 'quarter', label: 'In which quarter?', kind: 'select', choices: quartersSince(transition, today) },
      {
        name: 'kind',
        label: 'What kind of saving is it?',
        kind: 'radios',
        choices: [
          ['cashable', 'Cashable: it was paid before, and is not any more'],
          ['avoided', 'Avoided: it would have been paid, such as for a renewal'],
        ],
      },
      {
        name: 'amount',
        label: 'How much?',
        hint: 'Against what the old part cost for a quarter. Below zero where it cost more',
        kind: 'money',
      },
      evidence,
      { name: 'reason', label: 'Why it is corrected', kind: 'text', optional: true },
    ],
    record: (tx, { id, answers, today }) =>
      stateSaving(tx, id, {
        quarter: readQuarter(textOf(answers, 'quarter')),
        kind: oneOf(savingKinds, textOf(answers, 'kind')),
        amount: numberOf(answers, 'amount') ?? 0,
        evidence: textOf(answers, 'evidence'),
        reason: textOf(answers, 'reason') || null,
        today,
      }),
  },
  {
    path: 'savings/:item/verification',
    title: 'Verify a saving',
    lead: 'Look at its evidence first. From then on it counts, and is published in the ledger of savings.',
    submit: 'Verify it',
    fields: () => [{ ...evidence, label: 'What did you look at?' }],
    record: (tx, { id, item, answers, today }) =>
      verifySaving(tx, id, { savingId: item, evidence: textOf(answers, 'evidence'), today }),
  },
  {
    path: 'completion',
    title: 'Complete the move',
    lead: 'Every wave has moved and the checklist is settled. The map will show the part where it is now.',
    submit: 'Complete the move',
    fields: () => [
      on('Which is the first day without the old part?'),
      {
        name: 'yearlyCost',
        label: 'What does it cost a year there?',
        hint: 'Leave it empty if it is what was promised',
        kind: 'money',
        optional: true,
      },
      {
        name: 'contractEndedOn',
        label: 'Was the old contract ended early? Its last day',
        hint: 'Leave it empty if it ends by its own terms',
        kind: 'day',
        optional: true,
      },
      evidence,
    ],
    record: (tx, { id, answers, today }) =>
      completeTransition(tx, id, {
        ...deedOf(answers, today),
        yearlyCost: numberOf(answers, 'yearlyCost'),
        contractEndedOn: textOf(answers, 'contractEndedOn') || null,
      }),
  },
];

function deedOf(answers: Answers, today: string) {
  return { on: textOf(answers, 'on'), evidence: textOf(answers, 'evidence'), today };
}

/** The quarters that are over since a move began, the latest first. */
function quartersSince({ begunOn }: Transition, today: string): (readonly [string, string])[] {
  if (begunOn === null) return [];
  return quartersBetween(quarterOf(begunOn), addQuarters(quarterOf(today), -1))
    .filter(isQuarter)
    .map((quarter) => [quarter, formatQuarter(quarter)] as const)
    .toReversed();
}
