/** The four areas into which the technology of a government is mapped. */
export const areas = ['digital public services', 'mission IT', 'infrastructure', 'back office'] as const;
export type Area = (typeof areas)[number];

/** What each area holds, and what usually becomes of it. */
export const aboutAreas: Readonly<
  Record<Area, { readonly name: string; readonly holds: string; readonly becomes: string }>
> = {
  'digital public services': {
    name: 'Digital public services',
    holds: 'Transactions that citizens and businesses carry out',
    becomes: 'built on the common components',
  },
  'mission IT': {
    name: 'Mission IT',
    holds: 'Line-of-business systems special to one department',
    becomes: 'stays; draws on common components and commodity underneath',
  },
  infrastructure: {
    name: 'Infrastructure',
    holds: 'Connectivity, hosting, collaboration, devices, support',
    becomes: 'commodity, bought through a common framework',
  },
  'back office': {
    name: 'Back office',
    holds: 'Human resources, finance, payroll, procurement',
    becomes: 'shared service centres',
  },
};

/** The usual ways to meet a need. */
export const ways = ['common component', 'commodity', 'shared service', 'special'] as const;
export type Way = (typeof ways)[number];

export const aboutWays: Readonly<Record<Way, string>> = {
  'common component': 'Common component',
  commodity: 'Commodity through a framework',
  'shared service': 'Shared service',
  special: 'Special to the department',
};

/** The currency of an estate where nothing else is said. */
export const usualCurrency = 'GBP';
