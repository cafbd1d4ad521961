import { addDays, type Money } from '#platform';
import { costKinds, type CostKind, type Quality } from '../costs/costs.ts';
import { channels, type Channel } from '../recording/transactions.ts';
import type { PeriodCost, ServiceRecords } from './service-records.ts';

/** How far the cost of a service is known: of an incomplete one at least so much is known, and `gaps` says what is not. */
export const costStatuses = ['measured', 'estimated', 'incomplete', 'missing'] as const;
export type CostStatus = (typeof costStatuses)[number];

/** What a service cost over a period, and what that is made of. Amounts are in minor units, not yet rounded. */
export interface CostOfService {
  readonly lines: readonly CostLine[];
  /** Without one-off costs. */
  readonly total: number;
  readonly oneOff: number;
  /** The total by channel; what could not be given to a channel, because nothing was completed, is in none. */
  readonly byChannel: Readonly<Record<Channel, number>>;
  readonly status: CostStatus;
  /** In words, what is not known: `staff from 1 July 2026 to 30 September 2026`. */
  readonly gaps: readonly Gap[];
}

/** A kind of cost of which nothing was entered for some days. Zero can be entered: then it is known to cost nothing. */
export interface Gap {
  readonly kind: CostKind;
  readonly from: string;
  readonly to: string;
}

/** One thing that a service paid for. */
export interface CostLine {
  readonly kind: CostKind | 'unit charges';
  /** The system or the component's charge; null for what was entered by kind alone. */
  readonly name: string | null;
  readonly amount: number;
  readonly byChannel: Readonly<Record<Channel, number>>;
  readonly quality: Quality;
  /** How many units were charged, for unit charges. */
  readonly quantity: number | null;
}

interface Period {
  readonly from: string;
  readonly to: string;
}

/** The kinds of which a complete cost names each, if only by zero. */
const needed = costKinds.filter((kind) => kind !== 'one-off');

/**
 * What a service cost over a period: entered costs and shares of contracts, in proportion to the days of theirs that fall
 * into it, and the unit charges of the components. Shared costs are given to the channels in proportion to their completed
 * transactions, or by the parts that were stated. Amounts in another currency than the government's are a gap.
 *
 * Source of the kinds and of what is left out: the GOV.UK Service Manual, "Measuring cost per transaction".
 */
export function costOf(records: ServiceRecords, wanted: Period, currency: Money['currency']): CostOfService {
  const period = { ...wanted, from: beginningOf(records, wanted) };
  const completed = completedBy(records, period);
  const lines = [
    ...periodLines(records, period, currency, completed),
    ...chargeLines(records, period, currency, completed),
  ];
  const running = lines.filter((line) => line.kind !== 'one-off');
  const gaps = gapsOf(records, period, currency);
  const byChannel = sumByChannel(running);
  const isKnown = running.length > 0;
  return {
    lines,
    total: running.reduce((sum, line) => sum + line.amount, 0),
    oneOff: lines.filter((line) => line.kind === 'one-off').reduce((sum, line) => sum + line.amount, 0),
    byChannel,
    gaps,
    status: !isKnown
      ? 'missing'
      : gaps.length > 0
        ? 'incomplete'
        : running.some((line) => line.quality === 'estimated')
          ? 'estimated'
          : 'measured',
  };
}

/**
 * The day from which a period is about a service: its own first day, where that is later. What it cost before it was used
 * would make its first transactions look dear.
 */
export function beginningOf({ firstDay }: Pick<ServiceRecords, 'firstDay'>, period: Period): string {
  return firstDay !== null && firstDay > period.from && firstDay <= period.to ? firstDay : period.from;
}

function completedBy({ counts }: ServiceRecords, { from, to }: Period): Record<Channel, number> {
  const sums = noChannels();
  for (const { day, channel, completed } of counts) if (day >= from && day <= to) sums[channel] += completed;
  return sums;
}

function periodLines(
  { costs }: ServiceRecords,
  period: Period,
  currency: string,
  completed: Record<Channel, number>,
): CostLine[] {
  const lines = new Map<string, CostLine>();
  for (const cost of costs) {
    const share = daysShared(cost, period);
    if (share === 0 || cost.currency !== currency) continue;
    const amount = cost.amount * share;
    const line: CostLine = {
      kind: cost.kind,
      name: cost.system,
      amount,
      byChannel: spread(amount, cost, completed),
      quality: cost.quality,
      quantity: null,
    };
    const key = `${cost.kind}/${cost.system ?? ''}`;
    lines.set(key, add(lines.get(key), line));
  }
  return [...lines.values()].toSorted(
    (one, other) =>
      costKinds.findIndex((kind) => kind === one.kind) - costKinds.findIndex((kind) => kind === other.kind),
  );
}

function chargeLines(
  { charges }: ServiceRecords,
  { from, to }: Period,
  currency: string,
  completed: Record<Channel, number>,
): CostLine[] {
  const lines = new Map<string, CostLine>();
  for (const charge of charges) {
    if (charge.day < from || charge.day > to || charge.currency !== currency) continue;
    // Millionths of a unit; a unit of most currencies has a hundred minor units, of some none or a thousand.
    const amount = (charge.amountMicros / 1_000_000) * minorUnitsOf(currency);
    const line: CostLine = {
      kind: 'unit charges',
      name: charge.kind,
      amount,
      byChannel: spread(amount, { channel: charge.channel, shares: null }, completed),
      quality: 'measured',
      quantity: charge.quantity,
    };
    lines.set(charge.kind, add(lines.get(charge.kind), line));
  }
  return [...lines.values()].toSorted((one, other) => other.amount - one.amount);
}

function add(before: CostLine | undefined, line: CostLine): CostLine {
  if (before === undefined) return line;
  return {
    ...line,
    amount: before.amount + line.amount,
    byChannel: sumByChannel([before, line]),
    quality: before.quality === 'estimated' ? 'estimated' : line.quality,
    quantity: before.quantity === null || line.quantity === null ? null : before.quantity + line.quantity,
  };
}

/** Gives an amount to the channels. Shared by transactions it goes nowhere while none is completed. */
function spread(
  amount: number,
  { channel, shares }: Pick<PeriodCost, 'channel' | 'shares'>,
  completed: Record<Channel, number>,
): Record<Channel, number> {
  const parts = noChannels();
  if (channel !== null) parts[channel] = amount;
  else {
    const weights = shares ?? completed;
    const whole = channels.reduce((sum, each) => sum + (weights[each] ?? 0), 0);
    if (whole > 0) for (const each of channels) parts[each] = (amount * (weights[each] ?? 0)) / whole;
  }
  return parts;
}

/** The part of a cost's days that fall into a period, from 0 to 1. */
function daysShared(cost: Pick<PeriodCost, 'from' | 'to'>, period: Period): number {
  const from = cost.from > period.from ? cost.from : period.from;
  const to = cost.to < period.to ? cost.to : period.to;
  return to < from ? 0 : daysIn(from, to) / daysIn(cost.from, cost.to);
}

/** The days for which nothing was entered of a kind that a complete cost has. */
function gapsOf({ costs }: ServiceRecords, period: Period, currency: string): Gap[] {
  return needed.flatMap((kind) => {
    const known = costs
      .filter((cost) => cost.kind === kind && cost.currency === currency)
      .toSorted((one, other) => (one.from < other.from ? -1 : 1));
    const gaps: Gap[] = [];
    let day = period.from;
    for (const { from, to } of known) {
      if (from > period.to) break;
      if (from > day) gaps.push({ kind, from: day, to: addDays(from, -1) });
      if (to >= day) day = addDays(to, 1);
    }
    if (day <= period.to) gaps.push({ kind, from: day, to: period.to });
    return gaps;
  });
}

function sumByChannel(lines: readonly Pick<CostLine, 'byChannel'>[]): Record<Channel, number> {
  const sums = noChannels();
  for (const { byChannel } of lines) for (const channel of channels) sums[channel] += byChannel[channel];
  return sums;
}

function noChannels(): Record<Channel, number> {
  return { digital: 0, 'assisted digital': 0, phone: 0, paper: 0, 'face to face': 0 };
}

function daysIn(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

function minorUnitsOf(currency: string): number {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
  return 10 ** (digits ?? 2);
}
