import { GivenUp, Visitor, type Crowd } from './visitor.ts';

const address = '/services/vehicle-damage';

/** A claim with its files, as its claimant was told that it was sent. */
export interface SentClaim {
  readonly reference: string;
  readonly email: string;
  /** By name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The link with which the claimant went on from another device. */
  readonly link: string;
}

/** How many requests one claim takes, at least. */
export const requestsOfAClaim = 22;

/**
 * Lets a number of people at once claim for damage to their vehicles: each uploads photographs about one of several things
 * and a bill, saves the claim, and goes on with it on another device by the link that came by e-mail.
 *
 * @param prefix of their addresses: no two trials have the same people.
 * @param linkFor the newest link that was sent to an address.
 */
export async function claimTogether(
  crowd: Crowd,
  program: string,
  { claims, atOnce, prefix }: { claims: number; atOnce: number; prefix: string },
  linkFor: (email: string) => Promise<string>,
): Promise<SentClaim[]> {
  const sent: SentClaim[] = [];
  let begun = 0;
  const claimInTurn = async (): Promise<void> => {
    while (begun < claims && !crowd.stopping) {
      const number = (begun += 1);
      const claim = await claimFor(crowd, program, `${prefix}${number}`, linkFor);
      if (claim) sent.push(claim);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, claimInTurn));
  return sent;
}

async function claimFor(
  crowd: Crowd,
  program: string,
  number: string,
  linkFor: (email: string) => Promise<string>,
): Promise<SentClaim | undefined> {
  const email = `claimant-${number}@example.org`;
  const files = new Map(
    ['front', 'back', 'bill'].map((what) => [`${what} ${number}.pdf`, pdfOf(`${what} of claim ${number}`)]),
  );
  const [front, back, bill] = [...files].map(([name, content]) => ({ name, content }));
  if (!front || !back || !bill) throw new Error('There are three files.');
  const laptop = new Visitor(crowd, program);
  const phone = new Visitor(crowd, program);
  try {
    await laptop.get(address);
    const when = await laptop.post(`${address}/start`, {});
    const day = new Date(Date.now() - 7 * 86_400_000).toISOString();
    const [years = '', months = '', days = ''] = day.slice(0, 10).split('-');
    const where = await laptop.post(when, { 'when-day': days, 'when-month': months, 'when-year': years });
    const list = await laptop.post(where, { where: 'The bridge at Port Ansa' });
    // With nothing added yet the list leads to the first page of a new item.
    const { at: part } = await laptop.open(list);
    const photos = await laptop.post(part, { part: 'tyre', cost: '120.50' });
    await laptop.get(photos);
    await laptop.upload(photos, { upload: 'photos' }, { field: 'photos', ...front });
    const item = await laptop.upload(photos, {}, { field: 'photos', ...back });
    await laptop.get(item);
    // Whoever says again that the list is complete, since no answer came, is led on by way of check your answers.
    const { at: bills } = await laptop.open(await laptop.post(list, { another: 'no' }));
    const { at: name } = await laptop.open(await laptop.upload(bills, {}, { field: 'bills', ...bill }));
    const save = await laptop.post(name, { fullName: 'Efua Mensah', later: 'yes' });
    await laptop.get(save);
    await laptop.post(save, { email, question: 'place', answer: 'The old mill' });
    const link = await linkFor(email);
    await phone.get(link);
    const onward = await phone.post(link, { answer: 'the old mill' });
    const { at: last } = await phone.open(onward);
    const check = await phone.post(last.split('?')[0] ?? '', { email });
    const confirmation = await phone.get(await phone.post(check, {}));
    const reference = /<strong>([\w-]+)<\/strong>/.exec(confirmation)?.[1];
    if (reference !== undefined) return { reference, email, files, link };
    crowd.unexpected.push(`no reference for claim ${number}`);
    return undefined;
  } catch (error) {
    if (error instanceof GivenUp) return undefined;
    throw error;
  } finally {
    laptop.leave();
    phone.leave();
  }
}

/** Some 40 kB: a request that can be killed while its file is being written. */
function pdfOf(text: string): Buffer {
  return Buffer.from(`%PDF-1.7\n% ${text}\n${`${text} `.repeat(2000)}\n%%EOF`);
}
