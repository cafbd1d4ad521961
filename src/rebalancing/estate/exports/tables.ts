import type { Tx } from '#platform';
import { estateTables } from '../database.ts';
import { listNeeds } from '../needs/needs.ts';
import { listDependencies } from '../systems/dependencies.ts';
import type { WholeEstate } from '../whole-estate.ts';
import { writeCsv, type Cell } from './csv.ts';

/** A file of the export. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

/** The tables that the estate is taken out as; each is a CSV file. */
export const exportedTables = ['systems', 'parts', 'contracts', 'dependencies', 'needs', 'changes', 'spend'] as const;
export type ExportedTable = (typeof exportedTables)[number];

/** One table of the estate as CSV: everything that the transaction sees. Money in whole units of the currency. */
export async function exportTable(tx: Tx, estate: WholeEstate, table: ExportedTable): Promise<string> {
  switch (table) {
    case 'systems':
      return writeCsv(
        [
          'id',
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
          'cost a year',
          'decide by',
        ],
        estate.systems.map((each): Cell[] => [
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
    case 'parts':
      return writeCsv(
        [
          'system id',
          'system',
          'part',
          'need',
          'people a year',
          'licences a year',
          'services a year',
          'equipment a year',
          'other a year',
          'currency',
        ],
        estate.systems.flatMap((system) =>
          system.parts.map((part): Cell[] => [
            system.id,
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
          ]),
        ),
      );
    case 'contracts':
      return writeCsv(
        [
          'id',
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
          'starts on',
          'ends on',
          'notice',
          'renews by months',
          'extensions',
          'termination fee',
          'decide by',
          'what to decide',
          'term that runs ends on',
        ],
        estate.contracts.map((each): Cell[] => [
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
          each.extensions.map((option) => `${option.months} months`).join('; '),
          units(each.terminationFee, each.currency),
          each.dates?.decision?.by ?? null,
          each.dates?.decision?.kind ?? null,
          each.dates?.endsOn ?? null,
        ]),
      );
    case 'dependencies': {
      const names = new Map(estate.systems.map((system) => [system.id, system.name]));
      return writeCsv(
        ['system id', 'system', 'depends on id', 'depends on', 'reason'],
        (await listDependencies(tx)).map((each): Cell[] => [
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
        (await listNeeds(tx)).map((need): Cell[] => [
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
        rows.map((row): Cell[] => [
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
        rows.map((row): Cell[] => [
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
