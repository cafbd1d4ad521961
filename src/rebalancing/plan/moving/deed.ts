import { isDay, Problem as Refusal } from '#platform';

/** What was done, when it happened, and what shows it. */
export interface Deed {
  /** An ISO date, today or before. */
  readonly on: string;
  readonly evidence: string;
  readonly today: string;
}

/** @throws Problem unprocessable for a day that is none or has not come, and where nothing shows that it was done. */
export function checkDeed({ on, evidence, today }: Deed): void {
  if (!isDay(on))
    throw new Refusal('unprocessable', { message: `"${on}" is not a real date. Use one like 2027-03-31.` });
  if (on > today) {
    throw new Refusal('unprocessable', {
      message: `${on} has not come yet. Record what has happened, with the day on which it did.`,
    });
  }
  if (evidence.trim() === '') {
    throw new Refusal('unprocessable', {
      message: 'Say what shows it: the reference of a letter, who confirmed it, where that is kept.',
    });
  }
}
