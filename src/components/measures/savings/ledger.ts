import { sql } from 'kysely';
import { isDay, Problem, type Money, type Tx } from '#platform';
import type { Quality } from '../costs/costs.ts';
import { measuresTables } from '../database.ts';
import { daysOf, readQuarter, type Quarter } from '../quarters.ts';

/** What a system cost, and how much it was used, before its move. */
export interface Baseline {
  readonly transitionId: string;
  /** The first and the last day that it covers, ISO dates, both included; usually a year. */
  readonly from: string;
  readonly to: string;
  /** What the system cost in that time. */
  readonly cost: Money;
  /** How many transactions it served in that time; null where nobody counted them. */
  readonly transactions: number | null;
  readonly quality: Quality;
  /** Where the figures come from: contracts by reference, an address, who counted. */
  readonly evidence: string;
  /** Why it differs from what was recorded before; needed for a correction. */
  readonly reason?: string;
}

/** What a transition is to save, or has saved, in a quarter. */
export interface Saving {
  readonly transitionId: string;
  readonly quarter: Quarter;
  /** Against the baseline's cost for one quarter. Below zero where it costs more. */
  readonly amount: Money;
  readonly quality: Quality;
  /** What shows it: the scenario and its version, a contract that ended, an invoice that stopped. */
  readonly evidence: string;
  /** Why it differs from what was recorded before; needed for a correction. */
  readonly reason?: string;
}

/**
 * What can become of a planned saving. Realised: money that was paid before and is not paid any more. Avoided: money that
 * would have been paid, such as a renewal that was not needed. Not realised: planned, and it did not come.
 */
export const outcomes = ['realised', 'avoided', 'not realised'] as const;
export type Outcome = (typeof outcomes)[number];

/** The figures of one quarter in the ledger. One-off is what the move itself cost. */
export const savingFigures = ['planned', 'planned one-off', ...outcomes, 'one-off'] as const;
export type SavingFigure = (typeof savingFigures)[number];

/**
 * Records what a system cost before its move, once the transition is in the ledger (`recordTransition`). The same again
 * changes nothing. Something else corrects it, with a reason; what was recorded before stays and is shown beside it.
 *
 * @throws Problem unprocessable where a figure cannot be, or a correction has no reason.
 */
export async function recordBaseline(tx: Tx, baseline: Baseline): Promise<void> {
  const { transitionId, from, to, cost, transactions, quality, evidence, reason } = baseline;
  if (!isDay(from) || !isDay(to) || to < from) {
    refuse('The last day of a baseline is its first day or later, and both are real dates such as 2026-11-24.');
  }
  checkAmount(cost);
  if (transactions !== null && (!Number.isSafeInteger(transactions) || transactions < 0)) {
    refuse('The transactions of a baseline are a whole number, zero or more, or nothing where nobody counted them.');
  }
  await oneAfterTheOther(tx, transitionId);
  const latest = await measuresTables(tx)
    .selectFrom('baselines')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  const figures = {
    from_day: from,
    to_day: to,
    cost: cost.minorUnits,
    currency: cost.currency,
    transactions,
    quality,
    evidence,
  };
  if (latest !== undefined && isSame(latest, figures)) return;
  await measuresTables(tx)
    .insertInto('baselines')
    .values({
      organisation_id: tx.organisationId,
      transition_id: transitionId,
      revision: (latest?.revision ?? 0) + 1,
      ...figures,
      reason: latest === undefined ? null : reasonOf(reason),
      recorded_by: recorder(tx),
    })
    .execute();
}

/**
 * Records what a transition is to save in a quarter, or, as `oneOff`, what moving is to cost in it. The same again changes
 * nothing; something else corrects it, with a reason.
 *
 * @throws Problem unprocessable
 */
export async function recordPlannedSaving(tx: Tx, saving: Saving, { oneOff = false } = {}): Promise<void> {
  await recordFigure(tx, oneOff ? 'planned one-off' : 'planned', saving);
}

/**
 * Records what became of a saving in a quarter. One quarter may have some of each outcome: part realised, part not. The
 * same again changes nothing; something else corrects it, with a reason.
 *
 * @throws Problem unprocessable, also for a quarter that has not begun.
 */
export async function recordActualSaving(tx: Tx, saving: Saving & { readonly outcome: Outcome }): Promise<void> {
  const { outcome, ...rest } = saving;
  if (!outcomes.includes(outcome)) refuse(`The outcome of a saving is one of ${outcomes.join(', ')}.`);
  await recordFigure(tx, outcome, rest);
}

/** Records what the move itself cost in a quarter. @throws Problem unprocessable */
export async function recordOneOffCost(tx: Tx, cost: Saving): Promise<void> {
  await recordFigure(tx, 'one-off', cost);
}

async function recordFigure(tx: Tx, figure: SavingFigure, saving: Saving): Promise<void> {
  const { transitionId, amount, quality, evidence, reason } = saving;
  const quarter = daysOf(readQuarter(saving.quarter)).from;
  checkAmount(amount);
  if (evidence.trim() === '') refuse('A saving needs its evidence: what shows that the figure is right.');
  await oneAfterTheOther(tx, transitionId);
  const latest = await measuresTables(tx)
    .selectFrom('savings')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .where('quarter', '=', quarter)
    .where('figure', '=', figure)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  const figures = { amount: amount.minorUnits, currency: amount.currency, quality, evidence };
  if (latest !== undefined && isSame(latest, figures)) return;
  await measuresTables(tx)
    .insertInto('savings')
    .values({
      organisation_id: tx.organisationId,
      transition_id: transitionId,
      quarter,
      figure,
      revision: (latest?.revision ?? 0) + 1,
      ...figures,
      reason: latest === undefined ? null : reasonOf(reason),
      recorded_by: recorder(tx),
    })
    .execute();
}

/** Corrections of one transition follow each other, so that no two take the same number. */
async function oneAfterTheOther(tx: Tx, transitionId: string): Promise<void> {
  const { rows } = await sql<{ found: boolean }>`
    select true as found from measures.transitions
     where organisation_id = ${tx.organisationId} and transition_id = ${transitionId} for update`.execute(
    measuresTables(tx),
  );
  if (rows.length === 0) refuse('The transition is not in the ledger: record it before its figures.');
}

function isSame(latest: object, figures: object): boolean {
  const known = new Map<string, unknown>(Object.entries(latest));
  return Object.entries(figures).every(([column, value]) => known.get(column) === value);
}

function reasonOf(reason: string | undefined): string {
  if (reason === undefined || reason.trim() === '') {
    refuse('This figure is in the ledger with another value. Say why it is corrected: both values stay to be seen.');
  }
  return reason;
}

function checkAmount({ minorUnits, currency }: Money): void {
  if (!Number.isSafeInteger(minorUnits) || !/^[A-Z]{3}$/.test(currency)) {
    refuse('An amount is a whole number of minor units and a currency of ISO 4217, such as GBP.');
  }
}

function recorder(tx: Tx): string {
  return tx.actor.kind === 'applicant' ? 'an applicant' : tx.actor.name;
}

function refuse(message: string): never {
  throw new Problem('unprocessable', { message });
}
