import { isDay, isId, Problem, type Tx } from '#platform';
import { measuresTables } from '../database.ts';

/** A move of a system whose savings are kept in the ledger. */
export interface Transition {
  /** The plan's own id of the transition, a UUID. */
  readonly transitionId: string;
  /** What pages call it: `Fishing licences: move to the forms component`. */
  readonly name: string;
  /** The department whose saving it is. */
  readonly departmentId: string | null;
  /** The service whose cost is measured after the move, where it is one. */
  readonly serviceId: string | null;
  /** The ISO date on which it was carried out; null until then. */
  readonly carriedOutOn: string | null;
}

/**
 * Opens a transition's page in the ledger, or changes what it says about it: its name, its department, its service, when
 * it was carried out. Figures are recorded beside it and are never changed by this.
 */
export async function recordTransition(tx: Tx, transition: Transition): Promise<void> {
  const { transitionId, name, departmentId, serviceId, carriedOutOn } = transition;
  const ids = [transitionId, departmentId, serviceId].filter((id) => id !== null);
  if (!ids.every(isId) || name === '' || (carriedOutOn !== null && !isDay(carriedOutOn))) {
    throw new Problem('unprocessable', {
      message:
        'A transition has a name, ids that are UUIDs, and a real date such as 2026-11-24 once it is carried out.',
    });
  }
  const values = { name, department_id: departmentId, service_id: serviceId, carried_out_on: carriedOutOn };
  await measuresTables(tx)
    .insertInto('transitions')
    .values({ organisation_id: tx.organisationId, transition_id: transitionId, ...values })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'transition_id']).doUpdateSet(values))
    .execute();
}
