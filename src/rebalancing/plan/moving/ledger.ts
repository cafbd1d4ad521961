import { listDepartments, listServedServices } from '#estate';
import {
  daysOf,
  recordActualSaving,
  recordBaseline,
  recordOneOffCost,
  recordPlannedSaving,
  recordTransition,
  type Quarter,
} from '#measures';
import type { Tx } from '#platform';
import type { TransitionCost } from './costs.ts';
import type { ActualSaving } from './savings.ts';
import { getTransition, listPromises, type KeptPromise, type Transition } from './transitions.ts';

/**
 * Tells measures of a transition: what was before, what was promised, and that it was withdrawn where it was. Telling it
 * again changes nothing; a later plan's promise corrects an earlier one, which stays to be seen.
 */
export async function recordPromiseInLedger(tx: Tx, transitionId: string): Promise<void> {
  const transition = await getTransition(tx, transitionId);
  const promises = await listPromises(tx, transitionId);
  const [newest, first] = [promises[0], promises.at(-1)];
  if (newest === undefined || first === undefined) return;
  await recordTransitionInLedger(tx, transition);
  await recordBaseline(tx, {
    transitionId,
    from: first.baselineFrom,
    to: first.baselineTo,
    cost: { minorUnits: first.baseline, currency: transition.currency },
    transactions: first.baselineTransactions,
    quality: 'estimated',
    evidence: `The estate when plan ${first.planNumber} was adopted: contract and own costs of ${transition.name}`,
  });
  const withdrawn = transition.state === 'withdrawn';
  const isCorrection = withdrawn || promises.length > 1;
  for (const { quarter, cashable, avoided, oneOff } of quartersOf(promises)) {
    const said = {
      transitionId,
      quarter,
      quality: 'estimated',
      evidence: `Plan ${newest.planNumber}`,
      reason: withdrawn
        ? 'The move was withdrawn: a later plan moves it elsewhere or not at all.'
        : `Plan ${newest.planNumber} was adopted.`,
    } as const;
    const money = (minorUnits: number) => ({ minorUnits: withdrawn ? 0 : minorUnits, currency: transition.currency });
    if (cashable + avoided !== 0 || isCorrection) {
      await recordPlannedSaving(tx, { ...said, amount: money(cashable + avoided) });
    }
    if (oneOff !== 0 || isCorrection)
      await recordPlannedSaving(tx, { ...said, amount: money(oneOff) }, { oneOff: true });
  }
}

/** Opens the transition's page in the ledger, or says there what it is now. */
export async function recordTransitionInLedger(tx: Tx, transition: Transition): Promise<void> {
  const department = (await listDepartments(tx)).find(({ id }) => id === transition.departmentId);
  const served = await listServedServices(tx, { systemId: transition.systemId });
  const most = served.toSorted((one, other) => other.shareBasisPoints - one.shareBasisPoints)[0];
  await recordTransition(tx, {
    transitionId: transition.id,
    name: `${transition.name}: move to ${transition.targetName}`,
    departmentId: department?.ofOrganisationId ?? null,
    serviceId: most?.serviceId ?? null,
    carriedOutOn: transition.completedOn,
  });
}

/** Tells measures what a transition has cost in a quarter. @param all what it has cost, the newest first */
export async function recordCostsInLedger(
  tx: Tx,
  transition: Transition,
  quarter: Quarter,
  all: readonly TransitionCost[],
): Promise<void> {
  await recordTransitionInLedger(tx, transition);
  const { from, to } = daysOf(quarter);
  const costs = all.filter(({ paidOn }) => paidOn >= from && paidOn <= to);
  const last = costs[0];
  if (last === undefined) return;
  await recordOneOffCost(tx, {
    transitionId: transition.id,
    quarter,
    amount: { minorUnits: costs.reduce((sum, { amount }) => sum + amount, 0), currency: transition.currency },
    quality: 'measured',
    evidence: costs.map(({ kind, evidence }) => `${kind}: ${evidence}`).join('; '),
    reason: `Another cost was entered: ${last.kind}.`,
  });
}

/** Tells measures what is verified of a quarter's savings, and what of the promise did not come. */
export async function recordSavingsInLedger(
  tx: Tx,
  transition: Transition,
  quarter: Quarter,
  savings: readonly ActualSaving[],
): Promise<void> {
  await recordTransitionInLedger(tx, transition);
  const verified = savings.filter((each) => each.quarter === quarter && each.verifiedBy !== null);
  const said = { transitionId: transition.id, quarter, quality: 'measured' } as const;
  for (const { kind, amount, evidence, reason, verifiedBy, verifiedWith } of verified) {
    await recordActualSaving(tx, {
      ...said,
      outcome: kind === 'cashable' ? 'realised' : 'avoided',
      amount: { minorUnits: amount, currency: transition.currency },
      evidence: `${evidence}. Verified by ${verifiedBy ?? 'nobody'}: ${verifiedWith ?? ''}`,
      reason: reason ?? 'It was verified anew.',
    });
  }
  const promised = promisedIn(await listPromises(tx, transition.id), quarter);
  const saved = verified.reduce((sum, { amount }) => sum + amount, 0);
  await recordActualSaving(tx, {
    ...said,
    outcome: 'not realised',
    amount: { minorUnits: Math.max(0, promised - saved), currency: transition.currency },
    evidence: 'What was promised for the quarter, less what was verified',
    reason: 'More of the quarter was verified.',
  });
}

/** What is promised of a quarter, by the newest plan that speaks of it. */
function promisedIn(promises: readonly KeptPromise[], quarter: Quarter): number {
  const found = quartersOf(promises).find((each) => each.quarter === quarter);
  return found === undefined ? 0 : found.cashable + found.avoided;
}

/** The quarters of all promises, the newest promise of each. */
export function quartersOf(promises: readonly KeptPromise[]): KeptPromise['quarters'] {
  const newest = new Map(promises.toReversed().flatMap(({ quarters }) => quarters.map((each) => [each.quarter, each])));
  return [...newest.values()].toSorted((one, other) => (one.quarter < other.quarter ? -1 : 1));
}
