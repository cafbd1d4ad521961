import { writeCsv } from '#platform';
import type { Tx, CsvCell } from '#platform';
import { estateTables } from '../database.ts';
import { writeExtensions } from '../contracts/extension-text.ts';
import { listNeeds } from '../needs/needs.ts';
import { listTargets } from '../needs/targets.ts';
import { listSuppliers } from '../suppliers/suppliers.ts';
import { listDependencies } from '../systems/dependencies.ts';
import { listServedServices } from '../systems/served-services.ts';
import type { WholeEstate } from '../whole-estate.ts';

/** A file of the export. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

/** The tables that the estate is taken out as; each is a CSV file. */
export const exportedTables = [
  'systems',
  'parts',
  'contracts',
  'shares',
  'dependencies',
  'needs',
  'targets',
  'services',
  'suppliers',
  'changes',
  'spend',
] as const;
export type ExportedTable = (typeof exportedTables)[number];

/** One table of the estate as CSV: everything that the transaction sees. Money in whole units of the currency. */
export async function exportTable(tx: Tx, estate: WholeEstate, table: ExportedTable): Promise<string> {
  switch (table) {
    case 'systems':
      return writeCsv(
        [
          'commonhold id',
          'department',
          'reference',
          'name',
          'description',
          'area',
          'owner',
          'users',
          'transactions a year',
          'hosting',
          'sensitivity',
          'lifecycle',
          'business fit',
          'technical fit',
          'currency',
          'sum of its parts',
          'decide by',
        ],
        estate.systems.map((each): CsvCell[] => [
          each.id,
          each.departmentName,
          each.reference,
          each.name,
          each.description,
          each.area,
          each.owner,
          each.users,
          each.yearlyTransactions,
          each.hosting,
          each.sensitivity,
          each.lifecycle,
          each.businessFit,
          each.technicalFit,
          each.currency,
          units(each.yearlyCost, each.currency),
          each.decideBy,
        ]),
      );
    case 'parts': {
      const targets = new Map((await listTargets(tx)).map(({ id, name }) => [id, name]));
      return writeCsv(
        [
          'commonhold id',
          'department',
          'system',
          'part',
          'need',
          'people cost',
          'licence cost',
          'service cost',
          'equipment cost',
          'other cost',
          'currency',
          'moved to',
          'moved on',
        ],
        estate.systems.flatMap((system) =>
          system.parts.map((part): CsvCell[] => [
            system.id,
            system.departmentName,
            system.name,
            part.kind,
            part.needKey,
            ...[
              part.costs.people,
              part.costs.licences,
              part.costs.services,
              part.costs.equipment,
              part.costs.other,
            ].map((cost) => units(cost, system.currency)),
            system.currency,
            part.movedOn === null ? null : (targets.get(part.targetId ?? '') ?? part.targetId),
            part.movedOn,
          ]),
        ),
      );
    }
    case 'contracts':
      return writeCsv(
        [
          'commonhold id',
          'department',
          'supplier',
          'reference',
          'title',
          'kind',
          'framework',
          'lot',
          'currency',
          'value',
          'cost a year',
          'start date',
          'end date',
          'notice period',
          'renewal months',
          'extension options',
          'termination fee',
          'notice given on',
          'stopped on',
          'decide by',
          'what to decide',
          'the running term’s last day',
        ],
        estate.contracts.map((each): CsvCell[] => [
          each.id,
          each.departmentName,
          each.supplierName,
          each.reference,
          each.title,
          each.kind,
          each.framework,
          each.lot,
          each.currency,
          units(each.value, each.currency),
          units(each.yearlyCost, each.currency),
          each.startsOn,
          each.endsOn,
          each.notice === null ? null : `${each.notice.count} ${each.notice.unit}`,
          each.renewalMonths,
          writeExtensions(each.extensions),
          units(each.terminationFee, each.currency),
          each.noticeGivenOn,
          each.stoppedOn,
          each.dates?.decision?.by ?? null,
          each.dates?.decision?.kind ?? null,
          each.dates?.endsOn ?? null,
        ]),
      );
    case 'shares': {
      const titles = new Map(estate.contracts.map((contract) => [contract.id, contract.title]));
      const parts = new Map(
        estate.systems.flatMap((system) => system.parts.map((part) => [part.id, { system, part }] as const)),
      );
      return writeCsv(
        ['contract id', 'contract', 'system id', 'system', 'part', 'share in per cent'],
        estate.shares.map((share): CsvCell[] => [
          share.contractId,
          titles.get(share.contractId) ?? null,
          parts.get(share.partId)?.system.id ?? null,
          parts.get(share.partId)?.system.name ?? null,
          parts.get(share.partId)?.part.kind ?? null,
          share.shareBasisPoints / 100,
        ]),
      );
    }
    case 'targets':
      return writeCsv(
        [
          'id',
          'need',
          'name',
          'way',
          'component',
          'framework',
          'currency',
          'each system a year',
          'each user a year',
          'a thousand transactions',
          'opening',
          'moving each system',
          'moving each user',
          'a year in per cent of its cost now',
          'moving in per cent of its cost now',
          'available from',
          'source',
        ],
        (await listTargets(tx)).map((each): CsvCell[] => [
          each.id,
          each.needKey,
          each.name,
          each.way,
          each.component,
          each.framework,
          each.currency,
          ...[
            each.yearlyCost,
            each.costPerUser,
            each.costPerThousandTransactions,
            each.openingCost,
            each.movingCost,
            each.movingCostPerUser,
          ].map((cost) => units(cost, each.currency)),
          each.costShareBasisPoints / 100,
          each.movingShareBasisPoints / 100,
          each.availableFrom,
          each.source,
        ]),
      );
    case 'services': {
      const names = new Map(estate.systems.map((system) => [system.id, system.name]));
      return writeCsv(
        ['system id', 'system', 'service id', 'organisation id', 'share in per cent', 'since'],
        (await listServedServices(tx)).map((each): CsvCell[] => [
          each.systemId,
          names.get(each.systemId) ?? null,
          each.serviceId,
          each.serviceOrganisationId,
          each.shareBasisPoints / 100,
          each.since,
        ]),
      );
    }
    case 'suppliers':
      return writeCsv(
        ['id', 'name', 'identifier'],
        (await listSuppliers(tx)).map((each): CsvCell[] => [each.id, each.name, each.identifier]),
      );
    case 'dependencies': {
      const names = new Map(estate.systems.map((system) => [system.id, system.name]));
      return writeCsv(
        ['system id', 'system', 'depends on id', 'depends on', 'reason'],
        (await listDependencies(tx)).map((each): CsvCell[] => [
          each.systemId,
          names.get(each.systemId) ?? '',
          each.dependsOnId,
          names.get(each.dependsOnId) ?? '',
          each.reason,
        ]),
      );
    }
    case 'needs':
      return writeCsv(
        ['key', 'name', 'area', 'usual way', 'component', 'description'],
        (await listNeeds(tx)).map((need): CsvCell[] => [
          need.key,
          need.name,
          need.area,
          need.usualWay,
          need.component,
          need.description,
        ]),
      );
    case 'changes': {
      const rows = await estateTables(tx)
        .selectFrom('changes')
        .selectAll()
        .where('organisation_id', '=', tx.organisationId)
        .orderBy('id')
        .execute();
      return writeCsv(
        ['at', 'about', 'id', 'field', 'before', 'after', 'as of', 'source', 'said by'],
        rows.map((row): CsvCell[] => [
          row.at,
          row.subject_kind,
          row.subject_id,
          row.field,
          JSON.stringify(row.before),
          JSON.stringify(row.after),
          row.stated_on,
          row.source,
          row.said_by,
        ]),
      );
    }
    case 'spend': {
      const rows = await estateTables(tx)
        .selectFrom('spend as p')
        .innerJoin('departments as d', (join) =>
          join.onRef('d.organisation_id', '=', 'p.organisation_id').onRef('d.id', '=', 'p.department_id'),
        )
        .innerJoin('suppliers as s', (join) =>
          join.onRef('s.organisation_id', '=', 'p.organisation_id').onRef('s.id', '=', 'p.supplier_id'),
        )
        .select([
          'p.month',
          'd.name as department',
          's.name as supplier',
          'p.framework',
          'p.lot',
          'p.description',
          'p.currency',
          'p.amount',
        ])
        .where('p.organisation_id', '=', tx.organisationId)
        .orderBy('p.id')
        .execute();
      return writeCsv(
        ['month', 'department', 'supplier', 'framework', 'lot', 'description', 'currency', 'amount'],
        rows.map((row): CsvCell[] => [
          row.month,
          row.department,
          row.supplier,
          row.framework,
          row.lot,
          row.description,
          row.currency,
          units(row.amount, row.currency),
        ]),
      );
    }
  }
}

/** Minor units as a number of whole units; null stays null. */
export function units(minorUnits: number | null, currency: string): number | null {
  if (minorUnits === null) return null;
  const digits =
    new Intl.NumberFormat('en-GB', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return Number((minorUnits / 10 ** digits).toFixed(digits));
}
