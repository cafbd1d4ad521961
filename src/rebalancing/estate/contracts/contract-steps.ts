import { Problem, type Tx } from '#platform';
import type { Source } from '../statements.ts';
import type { Saved } from '../systems/systems.ts';
import { contractDates } from './contract-dates.ts';
import { getContract, saveContract, termsOf, type ContractValues } from './contracts.ts';

/**
 * Says that notice of a contract was given on a day.
 *
 * @returns the last day of the contract with that: of the term that runs, or of the next one where the notice came too late
 *   for that; null where the contract's end is not known.
 * @throws Problem not-found; unprocessable where the day is none.
 */
export async function giveNotice(
  tx: Tx,
  { contractId, on }: { contractId: string; on: string },
  source: Omit<Source, 'statedOn'>,
): Promise<{ readonly endsOn: string | null }> {
  await step(tx, contractId, { noticeGivenOn: on }, { ...source, statedOn: on });
  const terms = termsOf(await getContract(tx, contractId));
  return { endsOn: terms === null ? null : contractDates(terms, on).earliestEnd };
}

/** Takes back that notice was given, because it was not, or the supplier agreed to go on. @throws Problem not-found */
export async function withdrawNotice(tx: Tx, contractId: string, source: Source): Promise<Saved> {
  return step(tx, contractId, { noticeGivenOn: null }, source);
}

/** Says that a contract was ended early: its last day. @throws Problem not-found; unprocessable before its first day */
export async function endContract(
  tx: Tx,
  { contractId, lastDay }: { contractId: string; lastDay: string },
  source: Source,
): Promise<Saved> {
  return step(tx, contractId, { stoppedOn: lastDay }, source);
}

/**
 * Says that the next option to extend a contract was taken on a day.
 *
 * @throws Problem not-found; conflict where no option is left to take.
 */
export async function takeExtension(
  tx: Tx,
  { contractId, on }: { contractId: string; on: string },
  source: Omit<Source, 'statedOn'>,
): Promise<Saved> {
  const { extensions } = await getContract(tx, contractId);
  const next = extensions.findIndex(({ takenOn }) => takenOn === null);
  if (next === -1) {
    throw new Problem('conflict', {
      message: 'No option to extend this contract is left. What follows must be bought.',
    });
  }
  const taken = extensions.map((option, index) => (index === next ? { ...option, takenOn: on } : option));
  return step(tx, contractId, { extensions: taken }, { ...source, statedOn: on });
}

async function step(
  tx: Tx,
  id: string,
  values: Pick<ContractValues, 'noticeGivenOn' | 'stoppedOn' | 'extensions'>,
  source: Source,
): Promise<Saved> {
  const { departmentId, title } = await getContract(tx, id);
  return saveContract(tx, { id, departmentId, title, ...values }, source);
}
