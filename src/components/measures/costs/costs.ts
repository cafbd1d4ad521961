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
