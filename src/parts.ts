import { join } from 'node:path';
import type { PartFolder } from '#platform';

/** Every part that has tables, in the order in which their migrations run: what is called stands before what calls it. */
export const partFolders: readonly PartFolder[] = [
  { name: 'platform', folder: join(import.meta.dirname, 'platform') },
  { name: 'organisations', folder: join(import.meta.dirname, 'organisations') },
  { name: 'measures', folder: join(import.meta.dirname, 'components', 'measures') },
  { name: 'notify', folder: join(import.meta.dirname, 'components', 'notify') },
  { name: 'casework', folder: join(import.meta.dirname, 'components', 'casework') },
  { name: 'forms', folder: join(import.meta.dirname, 'components', 'forms') },
  { name: 'estate', folder: join(import.meta.dirname, 'rebalancing', 'estate') },
  { name: 'plan', folder: join(import.meta.dirname, 'rebalancing', 'plan') },
];
