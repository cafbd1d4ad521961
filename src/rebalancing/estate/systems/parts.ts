import { newId, oneOf, Problem, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import {
  readStated,
  recordChanges,
  weigh,
  whoSays,
  type FieldValue,
  type Said,
  type Source,
  type Stated,
} from '../statements.ts';

/** What a system consists of. Each part can stay or move by itself: a special application on hosting that is a commodity. */
export const partKinds = ['application', 'hosting', 'connectivity', 'devices', 'support'] as const;
export type PartKind = (typeof partKinds)[number];

/** What a part costs a year, by what the money goes on, in minor units; null where nobody said. */
export interface PartCosts {
  readonly people: number | null;
  readonly licences: number | null;
  readonly services: number | null;
  readonly equipment: number | null;
  readonly other: number | null;
}

export const costKinds = ['people', 'licences', 'services', 'equipment', 'other'] as const;
export type CostKind = (typeof costKinds)[number];

/** A part of a system. */
export interface Part {
  readonly id: string;
  readonly systemId: string;
  readonly departmentId: string;
  readonly kind: PartKind;
  /** The key of the need that it meets; null where that is not known yet. */
  readonly needKey: string | null;
  /** The target chosen for it, or the one that it has moved to. */
  readonly targetId: string | null;
  /** The first day on which it ran on its target; null where it has not moved. */
  readonly movedOn: string | null;
  readonly costs: PartCosts;
  /** Their sum: what is spent on it a year, under contracts and otherwise, in minor units. */
  readonly yearlyCost: number;
  readonly stated: Stated;
}

/** What can be said of a part. A field that is left out stays as it is; null says that it is not known. */
export interface PartValues {
  readonly kind: PartKind;
  readonly needKey?: string | null | undefined;
  readonly targetId?: string | null | undefined;
  readonly movedOn?: string | null | undefined;
  readonly costs?: Partial<Record<CostKind, number | null | undefined>> | undefined;
}

export const partFields = [
  'needKey',
  'targetId',
  'movedOn',
  'cost.people',
  'cost.licences',
  'cost.services',
  'cost.equipment',
  'cost.other',
] as const;
export type PartField = (typeof partFields)[number];

/**
 * Says something of a part of a system, which is made where the system has none of its kind yet. The caller has locked the
 * system.
 *
 * @throws Problem unprocessable where a cost is negative or no whole number of minor units.
 */
export async function savePart(
  tx: Tx,
  system: { id: string; departmentId: string },
  values: PartValues,
  source: Source,
): Promise<Said<PartField> & { readonly partId: string; readonly isNew: boolean }> {
  for (const [kind, cost] of Object.entries(values.costs ?? {}))
    checkAmount(cost, `the ${kind} cost of the ${values.kind}`);
  const tables = estateTables(tx);
  const row = await tables
    .selectFrom('parts')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('system_id', '=', system.id)
    .where('kind', '=', values.kind)
    .executeTakeFirst();
  const known = row === undefined ? nothing : fieldsOf(shapePart(row));
  const wanted = saidOf(values);
  const said = weigh(
    known,
    row === undefined ? {} : readStated(row.stated),
    wanted,
    { source, by: whoSays(tx) },
    partFields,
  );
  const now: Record<PartField, FieldValue> = { ...known };
  for (const { field, after } of said.changed) now[field] = after;
  const columns = {
    need_key: textOf(now.needKey),
    target_id: textOf(now.targetId),
    moved_on: textOf(now.movedOn),
    cost_people: numberOf(now['cost.people']),
    cost_licences: numberOf(now['cost.licences']),
    cost_services: numberOf(now['cost.services']),
    cost_equipment: numberOf(now['cost.equipment']),
    cost_other: numberOf(now['cost.other']),
    stated: JSON.stringify(said.stated),
  };
  const partId = row?.id ?? newId();
  if (row === undefined) {
    await tables
      .insertInto('parts')
      .values({
        organisation_id: tx.organisationId,
        id: partId,
        system_id: system.id,
        department_id: system.departmentId,
        kind: values.kind,
        ...columns,
      })
      .execute();
  } else if (said.changed.length + said.confirmed.length > 0) {
    await tables
      .updateTable('parts')
      .set(columns)
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', partId)
      .execute();
  }
  await recordChanges(tx, { kind: 'part', id: partId, departmentId: system.departmentId }, said, source, now);
  return { ...said, partId, isNew: row === undefined };
}

/** The parts of some systems, or of all that the transaction sees. */
export async function listParts(tx: Tx, systemIds?: readonly string[]): Promise<Part[]> {
  if (systemIds?.length === 0) return [];
  let query = estateTables(tx).selectFrom('parts').selectAll().where('organisation_id', '=', tx.organisationId);
  if (systemIds !== undefined) query = query.where('system_id', 'in', systemIds);
  const parts = (await query.execute()).map(shapePart);
  return parts.toSorted((one, other) => partKinds.indexOf(one.kind) - partKinds.indexOf(other.kind));
}

/** @throws Problem unprocessable where an amount is negative, not whole, or too large to count with. */
export function checkAmount(amount: number | null | undefined, what: string): void {
  if (amount === null || amount === undefined) return;
  if (amount < 0) {
    throw new Problem('unprocessable', {
      message: `${capital(what)} is negative. A cost is 0 or more; a refund is not a cost of the system.`,
    });
  }
  if (!Number.isSafeInteger(amount)) {
    throw new Problem('unprocessable', { message: `${capital(what)} is not an amount of money.` });
  }
}

/** The fields of a part as one record, which statements are weighed against. */
export function fieldsOf(
  part: Pick<Part, 'needKey' | 'targetId' | 'movedOn' | 'costs'>,
): Record<PartField, FieldValue> {
  return {
    needKey: part.needKey,
    targetId: part.targetId,
    movedOn: part.movedOn,
    'cost.people': part.costs.people,
    'cost.licences': part.costs.licences,
    'cost.services': part.costs.services,
    'cost.equipment': part.costs.equipment,
    'cost.other': part.costs.other,
  };
}

const nothing = fieldsOf({
  needKey: null,
  targetId: null,
  movedOn: null,
  costs: { people: null, licences: null, services: null, equipment: null, other: null },
});

function saidOf(values: PartValues): Partial<Record<PartField, FieldValue | undefined>> {
  return {
    needKey: values.needKey,
    targetId: values.targetId,
    movedOn: values.movedOn,
    'cost.people': values.costs?.people,
    'cost.licences': values.costs?.licences,
    'cost.services': values.costs?.services,
    'cost.equipment': values.costs?.equipment,
    'cost.other': values.costs?.other,
  };
}

function shapePart(row: {
  id: string;
  system_id: string;
  department_id: string;
  kind: string;
  need_key: string | null;
  target_id: string | null;
  moved_on: string | null;
  cost_people: number | null;
  cost_licences: number | null;
  cost_services: number | null;
  cost_equipment: number | null;
  cost_other: number | null;
  yearly_cost: number;
  stated: unknown;
}): Part {
  return {
    id: row.id,
    systemId: row.system_id,
    departmentId: row.department_id,
    kind: oneOf(partKinds, row.kind),
    needKey: row.need_key,
    targetId: row.target_id,
    movedOn: row.moved_on,
    costs: {
      people: row.cost_people,
      licences: row.cost_licences,
      services: row.cost_services,
      equipment: row.cost_equipment,
      other: row.cost_other,
    },
    yearlyCost: row.yearly_cost,
    stated: readStated(row.stated),
  };
}

/** The text that a field holds, or null. */
export function textOf(value: FieldValue): string | null {
  return typeof value === 'string' ? value : null;
}

/** The number that a field holds, or null. */
export function numberOf(value: FieldValue): number | null {
  return typeof value === 'number' ? value : null;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
