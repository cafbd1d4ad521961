import { GivenUp, Visitor } from './visitor.ts';
import type { Crowd } from './visitor.ts';

/** How many requests one application takes. */
export const requestsOfAnApplication = 13;

/** Lets a number of people at once apply until so many applications have been sent, or until the crowd is stopping. */
export async function applyTogether(
  crowd: Crowd,
  address: string,
  { applications, atOnce }: { applications: number; atOnce: number },
): Promise<void> {
  let begun = 0;
  const applyInTurn = async (): Promise<void> => {
    while (begun < applications && !crowd.stopping) {
      const number = (begun += 1);
      const reference = await applyForLicence(crowd, address, `applicant-${number}@example.org`);
      if (reference !== undefined) crowd.references.push(reference);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, applyInTurn));
}

/**
 * Applies once.
 *
 * @returns the reference of the confirmation page; undefined where the crowd stopped first.
 */
async function applyForLicence(crowd: Crowd, address: string, email: string): Promise<string | undefined> {
  const visitor = new Visitor(crowd, address);
  try {
    await visitor.get('/services/fishing-licence');
    let to = await visitor.post('/services/fishing-licence/start', {});
    for (let page = pageOf(to); page !== undefined; page = pageOf(to)) {
      to = await visitor.post(to, answers(email)[page] ?? {});
    }
    to = await visitor.post(to, {});
    const confirmation = await visitor.get(to);
    const reference = /<strong>([\w-]+)<\/strong>/.exec(confirmation)?.[1];
    if (reference === undefined) crowd.unexpected.push(`no reference on ${to}`);
    return reference;
  } catch (error) {
    if (error instanceof GivenUp) return undefined;
    throw error;
  } finally {
    visitor.leave();
  }
}

const pageOf = (path: string): string | undefined => /\/apply\/([\w-]+)$/.exec(path)?.[1];

function answers(email: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const soon = new Date(Date.now() + 7 * 86_400_000).toISOString();
  return {
    'kind-of-fish': { kindOfFish: 'salmon' },
    'length-of-licence': { lengthOfLicence: 'week' },
    'first-day': dateFields('firstDay', soon),
    name: { fullName: 'Efua Mensah' },
    'date-of-birth': dateFields('dateOfBirth', '1985-06-30'),
    'blue-badge': { hasBadge: 'false' },
    address: {
      'address-addressLine1': '12 Harbour Road',
      'address-town': 'Port Ansa',
      'address-postcode': 'SW1A 1AA',
    },
    'email-address': { email },
    'phone-number': {},
  };
}

function dateFields(name: string, date: string): Record<string, string> {
  const [year = '', month = '', day = ''] = date.slice(0, 10).split('-');
  return { [`${name}-day`]: day, [`${name}-month`]: month, [`${name}-year`]: year };
}
