import { channels, type Channel } from '../recording/transactions.ts';

/** Whether a figure was taken from records, or is somebody's estimate: every figure made from an estimate says so. */
export const qualities = ['measured', 'estimated'] as const;
export type Quality = (typeof qualities)[number];

/** The kinds of cost of a service. One-off costs are left out of the cost per transaction and shown apart. */
export const costKinds = [
  'staff',
  'accommodation',
  'systems',
  'postage and printing',
  'fees',
  'overheads',
  'one-off',
] as const;
export type CostKind = (typeof costKinds)[number];

/** The parts of a hundred by channel, as they are kept; null where it is not shared by stated parts. */
export function sharesOf(value: unknown): Partial<Record<Channel, number>> | null {
  if (typeof value !== 'object' || value === null) return null;
  const kept = new Map<string, unknown>(Object.entries(value));
  return Object.fromEntries(
    channels.filter((channel) => kept.has(channel)).map((channel) => [channel, Number(kept.get(channel))]),
  );
}
