import { isDay, Problem } from '#platform';
import { checkAmount } from '../systems/parts.ts';
import type { ContractValues } from './contracts.ts';

/** @throws Problem unprocessable where something that is said of a contract cannot be. */
export function checkContract(values: ContractValues): void {
  const wrong = (message: string): Problem => new Problem('unprocessable', { message });
  const { title } = values;
  if (title.trim() === '') throw wrong('A contract has no title. Say what is bought under it.');
  checkAmount(values.value, `the value of "${title}"`);
  checkAmount(values.yearlyCost, `the yearly cost of "${title}"`);
  checkAmount(values.terminationFee, `the termination fee of "${title}"`);
  for (const [what, day] of [
    ['start', values.startsOn],
    ['end', values.endsOn],
    ['day on which notice was given', values.noticeGivenOn],
    ['last day', values.stoppedOn],
    ...(values.extensions ?? []).flatMap((each) => [
      ['day by which an extension is decided', each.decideBy] as const,
      ['day on which an extension was taken', each.takenOn] as const,
    ]),
  ] as const) {
    if (day !== null && day !== undefined && (!isDay(day) || day < '1900' || day > '2199')) {
      throw wrong(`The ${what} of "${title}" is "${day}", which is no day. Use a real date, such as 2026-03-31.`);
    }
  }
  const { startsOn, endsOn, stoppedOn } = values;
  if (typeof startsOn === 'string' && typeof endsOn === 'string' && endsOn < startsOn) {
    throw wrong(`"${title}" ends on ${endsOn}, before it starts on ${startsOn}. Correct one of the two days.`);
  }
  if (typeof startsOn === 'string' && typeof stoppedOn === 'string' && stoppedOn < startsOn) {
    throw wrong(
      `"${title}" was stopped on ${stoppedOn}, before it started on ${startsOn}. Correct one of the two days.`,
    );
  }
  const { notice, renewalMonths } = values;
  if (notice !== null && notice !== undefined && !isWithin(notice.count, 0, 3650)) {
    throw wrong(
      `The notice period of "${title}" is ${notice.count} ${notice.unit}. Use a whole number from 0 to 3650.`,
    );
  }
  if (renewalMonths !== null && renewalMonths !== undefined && !isWithin(renewalMonths, 0, 600)) {
    throw wrong(`"${title}" renews by ${renewalMonths} months. Use a whole number from 0 (it does not) to 600.`);
  }
  let isTaken = true;
  for (const option of values.extensions ?? []) {
    if (!isWithin(option.months, 1, 600)) {
      throw wrong(`An extension of "${title}" is for ${option.months} months. Use a whole number from 1 to 600.`);
    }
    if (!isWithin(option.upliftBasisPoints, -10_000, 100_000)) {
      throw wrong(`An extension of "${title}" costs ${option.upliftBasisPoints / 100}% more. Use -100% to 1,000%.`);
    }
    if (option.takenOn !== null && !isTaken) {
      throw wrong(`A later extension of "${title}" is taken and an earlier one is not. They are taken in order.`);
    }
    isTaken = option.takenOn !== null;
  }
}

function isWithin(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}
