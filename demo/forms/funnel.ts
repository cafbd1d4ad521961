import { keepPageCounts } from '#forms';
import type { PageCount } from '#forms';
import type { Tx } from '#platform';

/** How far people get with the fishing licence: of a hundred who see a page, how many go on, and half of whom take how long. */
const pages = [
  { page: 'kind-of-fish', goOn: 96, wrong: 2, step: 0 },
  { page: 'length-of-licence', goOn: 97, wrong: 2, step: 1 },
  { page: 'first-day', goOn: 93, wrong: 11, step: 2 },
  { page: 'name', goOn: 99, wrong: 1, step: 1 },
  { page: 'date-of-birth', goOn: 98, wrong: 4, step: 1 },
  { page: 'blue-badge', goOn: 99, wrong: 1, step: 0 },
  // Asked only of those who have a badge.
  { page: 'badge-number', goOn: 94, wrong: 12, step: 2, share: 8 },
  { page: 'address', goOn: 97, wrong: 5, step: 2 },
  { page: 'email-address', goOn: 90, wrong: 9, step: 2 },
  { page: 'phone-number', goOn: 98, wrong: 3, step: 1 },
  { page: 'check-your-answers', goOn: 97, wrong: 0, step: 2 },
] as const;

const messages: Readonly<Record<string, { field: string; message: string }>> = {
  'first-day': { field: 'firstDay-day', message: 'First day must be today or in the future' },
  'email-address': { field: 'email', message: 'Enter an email address in the correct format, like name@example.com' },
  address: { field: 'address-postcode', message: 'Enter a full UK postcode, like SW1A 1AA' },
};

/** Of days that are over, nobody's counts are kept apart any more. */
const countedBy = '00000000-0000-0000-0000-000000000000';

/** Four weeks of a funnel that is made up, ending yesterday. */
export async function loadFunnel(tx: Tx, serviceId: string, today: Date): Promise<void> {
  for (let before = 1; before <= 28; before++) {
    const day = new Date(today.getTime() - before * 86_400_000);
    const isWeekend = day.getUTCDay() % 6 === 0;
    let seen = (isWeekend ? 150 : 90) + ((before * 7) % 23);
    const counts = pages.map(({ page, goOn, wrong, step, ...of }): PageCount => {
      const own = 'share' in of ? Math.round((seen * of.share) / 100) : seen;
      const answered = Math.round((own * goOn) / 100);
      const mistaken = Math.round((own * wrong) / 100);
      const made = messages[page];
      // Most take about as long as is usual; a few are much slower.
      const took = [0, 0, 0, 0, 0, 0, 0];
      took[step] = Math.round(answered * 0.6);
      took[step + 1] = Math.round(answered * 0.3);
      took[step + 3] = answered - Math.round(answered * 0.6) - Math.round(answered * 0.3);
      const count: PageCount = {
        place: { organisationId: tx.organisationId, serviceId, version: 1, page },
        seen: own,
        answered,
        mistaken,
        took,
        mistakes: new Map(made && mistaken > 0 ? [[page, { ...made, made: mistaken }]] : []),
      };
      seen -= own - answered;
      return count;
    });
    await keepPageCounts(tx, counts, { countedBy, day: day.toISOString().slice(0, 10) });
  }
}
