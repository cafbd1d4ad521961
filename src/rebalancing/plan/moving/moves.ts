import {
  contractDates,
  endContract,
  getContract,
  getSystem,
  giveNotice,
  listTargets,
  movePart,
  saveSystem,
  termsOf,
  withdrawNotice,
  type Source,
} from '#estate';
import { Problem as Refusal, type Tx } from '#platform';
import { planTables } from '../database.ts';
import { recordAction } from './actions.ts';
import { addChecks, listChecks } from './checks.ts';
import { checkDeed, type Deed } from './deed.ts';
import { recordTransitionInLedger } from './ledger.ts';
import { lockTransition, newestPromise, type Transition } from './transitions.ts';
import { listWaves } from './waves.ts';

/**
 * Begins a transition: from then on it is committed, and a later plan leaves it as it is. It gets the usual checklist.
 *
 * @throws Problem conflict where it has begun, or was withdrawn; unprocessable for a day that is none or has not come.
 */
export async function beginTransition(tx: Tx, id: string, deed: Deed): Promise<void> {
  checkDeed(deed);
  const transition = await lockTransition(tx, id);
  if (transition.state !== 'planned') refuseState(transition, 'It can begin only once, while it is planned.');
  await change(tx, id, { state: 'under way', begun_on: deed.on });
  await addChecks(tx, transition);
  await recordAction(tx, { transitionId: id, what: 'The move began', on: deed.on, evidence: deed.evidence });
}

/**
 * Records that notice of the old contract was given, here and in the estate, for each transition that waits for it.
 *
 * @returns the last day of the contract with that; null where it is not known.
 * @throws Problem conflict where no contract is known, or notice was given.
 */
export async function giveNoticeOf(tx: Tx, id: string, deed: Deed): Promise<{ endsOn: string | null }> {
  checkDeed(deed);
  const transition = await lockTransition(tx, id);
  if (transition.contractId === null) refuseState(transition, 'No contract is known for what it moves.');
  if (transition.noticeGivenOn !== null) refuseState(transition, 'Notice of its contract was given already.');
  const { endsOn } = await giveNotice(tx, { contractId: transition.contractId, on: deed.on }, sourceOf(transition));
  const told = await planTables(tx)
    .updateTable('transitions')
    .set({ notice_given_on: deed.on })
    .where('organisation_id', '=', tx.organisationId)
    .where('contract_id', '=', transition.contractId)
    .where('state', 'in', ['planned', 'under way'])
    .where('notice_given_on', 'is', null)
    .returning('id')
    .execute();
  for (const each of told) {
    await recordAction(tx, {
      transitionId: each.id,
      what: 'Notice was given to the old supplier',
      on: deed.on,
      evidence: deed.evidence,
    });
  }
  return { endsOn };
}

/**
 * Records that notice of the old contract was taken back, because it was not given after all or the supplier agreed to go on:
 * here and in the estate, for each transition that has not ended. What was recorded of the notice stays on record.
 *
 * @returns the last day of the contract with that; null where it is not known.
 * @throws Problem conflict where no notice was given, or the estate knows something newer; unprocessable for a day before
 *   the notice.
 */
export async function withdrawNoticeOf(tx: Tx, id: string, deed: Deed): Promise<{ endsOn: string | null }> {
  checkDeed(deed);
  const transition = await lockTransition(tx, id);
  const { contractId, noticeGivenOn, state } = transition;
  if (contractId === null || noticeGivenOn === null) refuseState(transition, 'No notice of its contract was given.');
  if (state !== 'planned' && state !== 'under way') refuseState(transition, 'What has ended stays as it was.');
  if (deed.on < noticeGivenOn) {
    throw new Refusal('unprocessable', {
      message: `Notice was given on ${noticeGivenOn}. Give a day on which it was taken back that is not before it.`,
    });
  }
  await withdrawNotice(tx, contractId, { ...sourceOf(transition), statedOn: deed.on });
  const contract = await getContract(tx, contractId);
  if (contract.noticeGivenOn !== null) {
    refuseState(
      transition,
      `The estate has heard since that notice was given on ${contract.noticeGivenOn}. Correct that on the contract’s page.`,
    );
  }
  const told = await planTables(tx)
    .updateTable('transitions')
    .set({ notice_given_on: null })
    .where('organisation_id', '=', tx.organisationId)
    .where('contract_id', '=', contractId)
    .where('state', 'in', ['planned', 'under way'])
    .where('notice_given_on', 'is not', null)
    .returning('id')
    .execute();
  for (const each of told) {
    await recordAction(tx, {
      transitionId: each.id,
      what: 'Notice to the old supplier was taken back',
      on: deed.on,
      evidence: deed.evidence,
    });
  }
  const terms = termsOf(contract);
  return { endsOn: terms === null ? null : contractDates(terms, deed.on).earliestEnd };
}

/**
 * Completes a transition: every wave has moved and every check is settled. From that day on the map shows the part on its
 * target, at what it costs there.
 *
 * @param values.yearlyCost what it costs a year on the target in fact, in minor units; null where that is what was promised.
 * @throws Problem conflict where something is left to do, in words.
 */
export async function completeTransition(
  tx: Tx,
  id: string,
  values: Deed & { readonly yearlyCost: number | null; readonly contractEndedOn: string | null },
): Promise<void> {
  checkDeed(values);
  const transition = await lockTransition(tx, id);
  const { begunOn } = transition;
  if (transition.state !== 'under way' || begunOn === null)
    refuseState(transition, 'It can be completed once it is under way.');
  if (values.on < begunOn) {
    throw new Refusal('unprocessable', {
      message: `It began on ${begunOn}. Give a day of completion that is not before it.`,
    });
  }
  const left = [
    ...(await listWaves(tx, id)).filter(({ movedOn }) => movedOn === null).map(({ name }) => `${name} has not moved`),
    ...(await listChecks(tx, id))
      .filter(({ settled }) => settled === null)
      .map(({ what }) => `“${what}” is not settled`),
  ];
  if (left.length > 0) {
    throw new Refusal('conflict', {
      title: 'Something is left to do',
      message: `${left.slice(0, 10).join('. ')}. Settle each of these, then complete the transition.`,
    });
  }
  await moveOnMap(tx, transition, values);
  await change(tx, id, { state: 'completed', completed_on: values.on });
  await recordAction(tx, {
    transitionId: id,
    what: 'The move was completed',
    on: values.on,
    evidence: values.evidence,
  });
  await recordTransitionInLedger(tx, { ...transition, state: 'completed', completedOn: values.on });
}

/** The map shows the part where it is now. */
async function moveOnMap(
  tx: Tx,
  transition: Transition,
  { on, yearlyCost, contractEndedOn }: { on: string; yearlyCost: number | null; contractEndedOn: string | null },
): Promise<void> {
  const cost = yearlyCost ?? (await newestPromise(tx, transition.id)).yearlyCost;
  const source = sourceOf(transition);
  const system = await getSystem(tx, transition.systemId);
  const part = system.parts.find(({ id }) => id === transition.partId);
  if (part === undefined) throw new Refusal('not-found');
  // A target stands in the estate once for each need that it meets; the plan knows it by one of them.
  const target = (await listTargets(tx)).find(
    ({ needKey, name }) => needKey === part.needKey && name === transition.targetName,
  );
  if (target === undefined) {
    const nothing = { people: 0, licences: 0, services: 0, equipment: 0, other: 0 };
    await saveSystem(
      tx,
      {
        id: system.id,
        departmentId: system.departmentId,
        name: system.name,
        parts: [{ kind: part.kind, costs: { ...nothing, services: cost } }],
      },
      { ...source, statedOn: on },
    );
  } else {
    await movePart(tx, { partId: part.id, targetId: target.id, on, costs: { services: cost } }, source);
  }
  if (contractEndedOn !== null && transition.contractId !== null) {
    await endContract(tx, { contractId: transition.contractId, lastDay: contractEndedOn }, { ...source, statedOn: on });
  }
}

function sourceOf({ name, targetName }: Transition): Omit<Source, 'statedOn'> {
  return { kind: 'program', name: `Move of ${name} to ${targetName}` };
}

async function change(
  tx: Tx,
  id: string,
  values: Readonly<{ state?: Transition['state']; begun_on?: string; completed_on?: string }>,
): Promise<void> {
  await planTables(tx)
    .updateTable('transitions')
    .set(values)
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .execute();
}

function refuseState({ name }: Transition, why: string): never {
  throw new Refusal('conflict', { title: `${name} is not at that point`, message: why });
}
