import type { Insertable } from 'kysely';
import { newId, recordAudit, type Tx } from '#platform';
import { usualCurrency } from './areas.ts';
import type { ContractValues } from './contracts/contracts.ts';
import { estateTables } from './database.ts';
import { whoSays, type Source, type Statement } from './statements.ts';
import { systemKey } from './suppliers/names.ts';
import type { DB } from './tables.generated.ts';
import { partKinds, type PartKind } from './systems/parts.ts';
import type { SystemValues } from './systems/systems.ts';

/** A whole estate at once, whose rows name each other by references. */
export interface FirstEstate {
  readonly systems: readonly (SystemValues & {
    readonly reference: string;
    /** As of when it was said, where that is not the day of the source. */
    readonly statedOn?: string;
  })[];
  readonly contracts: readonly (ContractValues & {
    readonly reference: string;
    readonly shares: readonly { readonly system: string; readonly part: PartKind; readonly shareBasisPoints: number }[];
  })[];
  readonly dependencies: readonly { readonly system: string; readonly dependsOn: string; readonly reason: string }[];
  readonly source: Source;
}

const batch = 500;

/**
 * Fills an estate that holds none of these systems and contracts yet, in a few statements where `saveSystem` and
 * `saveContract` would take thousands. What is in it has been checked: the tables' own constraints refuse the rest, and
 * dependencies must have no circle. History and statements are those that saving one by one would have left.
 */
export async function addFirstEstate(tx: Tx, estate: FirstEstate): Promise<void> {
  const tables = estateTables(tx);
  const organisation = { organisation_id: tx.organisationId };
  const by = whoSays(tx);
  const changes: Insertable<DB['changes']>[] = [];
  const say = (
    kind: 'system' | 'part' | 'contract',
    id: string,
    departmentId: string,
    fields: Readonly<Record<string, unknown>>,
    statedOn = estate.source.statedOn,
  ): string => {
    const statement: Statement = { on: statedOn, by, kind: estate.source.kind, source: estate.source.name };
    const stated: Record<string, Statement> = {};
    for (const [field, after] of Object.entries(fields)) {
      if (after === undefined || after === null || after === '' || (Array.isArray(after) && after.length === 0))
        continue;
      stated[field] = statement;
      changes.push({
        ...organisation,
        id: newId(),
        department_id: departmentId,
        subject_kind: kind,
        subject_id: id,
        field,
        before: JSON.stringify(null),
        after: JSON.stringify(after),
        source_kind: estate.source.kind,
        source: estate.source.name,
        stated_on: statedOn,
        said_by: by,
      });
    }
    return JSON.stringify(stated);
  };

  const systemIds = new Map<string, { id: string; departmentId: string }>();
  const partIds = new Map<string, string>();
  const systems = estate.systems.map((system) => {
    const { departmentId, parts: _parts, currency = usualCurrency, statedOn, ...fields } = system;
    const id = newId();
    systemIds.set(system.reference, { id, departmentId });
    return {
      ...organisation,
      id,
      department_id: departmentId,
      reference: system.reference,
      name: system.name,
      name_key: systemKey(system.name),
      description: system.description ?? '',
      area: system.area ?? null,
      other_needs: [...(system.otherNeeds ?? [])],
      owner: system.owner ?? null,
      users: system.users ?? null,
      yearly_transactions: system.yearlyTransactions ?? null,
      hosting: system.hosting ?? null,
      sensitivity: system.sensitivity ?? null,
      lifecycle: system.lifecycle ?? null,
      business_fit: system.businessFit ?? null,
      technical_fit: system.technicalFit ?? null,
      currency,
      stated: say('system', id, departmentId, fields, statedOn),
    };
  });
  const parts = estate.systems.flatMap((system) => {
    const of = systemIds.get(system.reference);
    const given = system.parts ?? [];
    const all = given.some((part) => part.kind === 'application') ? given : [{ kind: partKinds[0] }, ...given];
    return all.map((part) => {
      const id = newId();
      partIds.set(`${system.reference} ${part.kind}`, id);
      const costs = part.costs ?? {};
      return {
        ...organisation,
        id,
        system_id: of?.id ?? '',
        department_id: system.departmentId,
        kind: part.kind,
        need_key: part.needKey ?? null,
        cost_people: costs.people ?? null,
        cost_licences: costs.licences ?? null,
        cost_services: costs.services ?? null,
        cost_equipment: costs.equipment ?? null,
        cost_other: costs.other ?? null,
        stated: say(
          'part',
          id,
          system.departmentId,
          {
            needKey: part.needKey,
            ...Object.fromEntries(Object.entries(costs).map(([kind, cost]) => [`cost.${kind}`, cost])),
          },
          system.statedOn,
        ),
      };
    });
  });
  const contractIds = new Map<string, string>();
  const contracts = estate.contracts.map(({ shares: _shares, departmentId, ...contract }) => {
    const id = newId();
    contractIds.set(contract.reference, id);
    const { notice } = contract;
    return {
      ...organisation,
      id,
      department_id: departmentId,
      supplier_id: contract.supplierId ?? null,
      reference: contract.reference,
      title: contract.title,
      kind: contract.kind ?? null,
      framework: contract.framework ?? null,
      lot: contract.lot ?? null,
      currency: contract.currency ?? usualCurrency,
      value: contract.value ?? null,
      yearly_cost: contract.yearlyCost ?? null,
      starts_on: contract.startsOn ?? null,
      ends_on: contract.endsOn ?? null,
      notice_count: notice?.count ?? null,
      notice_unit: notice?.unit ?? null,
      renewal_months: contract.renewalMonths ?? null,
      termination_fee: contract.terminationFee ?? null,
      stated: say('contract', id, departmentId, {
        ...contract,
        notice: notice === undefined || notice === null ? null : [notice],
      }),
    };
  });
  const extensions = estate.contracts.flatMap((contract) =>
    (contract.extensions ?? []).map((option, index) => ({
      ...organisation,
      contract_id: contractIds.get(contract.reference) ?? '',
      department_id: contract.departmentId,
      ordinal: index + 1,
      months: option.months,
      uplift_basis_points: option.upliftBasisPoints,
      decide_by: option.decideBy,
      like_for_like: option.likeForLike,
      taken_on: option.takenOn,
    })),
  );
  const shares = estate.contracts.flatMap((contract) =>
    contract.shares.map((share) => ({
      ...organisation,
      contract_id: contractIds.get(contract.reference) ?? '',
      part_id: partIds.get(`${share.system} ${share.part}`) ?? '',
      department_id: contract.departmentId,
      share_basis_points: share.shareBasisPoints,
    })),
  );
  const dependencies = estate.dependencies.map((each) => ({
    ...organisation,
    system_id: systemIds.get(each.system)?.id ?? '',
    depends_on_id: systemIds.get(each.dependsOn)?.id ?? '',
    department_id: systemIds.get(each.system)?.departmentId ?? '',
    reason: each.reason,
  }));

  for (const rows of batches(systems)) await tables.insertInto('systems').values(rows).execute();
  for (const rows of batches(parts)) await tables.insertInto('parts').values(rows).execute();
  for (const rows of batches(contracts)) await tables.insertInto('contracts').values(rows).execute();
  for (const rows of batches(extensions)) await tables.insertInto('extensions').values(rows).execute();
  for (const rows of batches(shares)) await tables.insertInto('contract_shares').values(rows).execute();
  for (const rows of batches(dependencies)) await tables.insertInto('dependencies').values(rows).execute();
  for (const rows of batches(changes)) await tables.insertInto('changes').values(rows).execute();
  await recordAudit(tx, {
    action: 'estate.first-brought-in',
    subject: { kind: 'estate', name: estate.source.name },
    detail: { systems: systems.length, contracts: contracts.length },
  });
}

function batches<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / batch) }, (_, at) => rows.slice(at * batch, (at + 1) * batch));
}
