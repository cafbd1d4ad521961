import type { Job, PersonalDataHolder } from '#platform';
import { eraseExpired } from './erasure.ts';

/** @param personalData every part's holder, asked for when a job runs: by then all parts are joined. */
export function createJobs(personalData: () => readonly PersonalDataHolder[]): Job[] {
  return [
    {
      name: 'casework.erase-expired',
      schedule: '7 3 * * *',
      run: async (_payload, { database, log }) => {
        log.info({ erased: await eraseExpired({ database, holders: personalData() }) }, 'erased expired cases');
      },
    },
  ];
}
