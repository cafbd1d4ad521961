import { sql } from 'kysely';
import type { Tx } from '#platform';
import { estateTables } from '../database.ts';

/** What a supplier was paid by how many departments, from published spend. */
export interface Sales {
  readonly supplierId: string;
  readonly supplierName: string;
  readonly customers: number;
  readonly lines: number;
  readonly amount: number;
  readonly currency: string;
  readonly from: string;
  readonly to: string;
}

/** Suppliers by how many separate customers they sold to: the same thing, bought again and again. Other spellings are in it. */
export async function listSales(tx: Tx, most = 50): Promise<Sales[]> {
  const { rows } = await sql<{
    supplier_id: string;
    supplier_name: string;
    customers: number;
    lines: number;
    amount: number;
    currency: string;
    first: string;
    last: string;
  }>`
    select s.id as supplier_id, s.name as supplier_name, p.currency,
           count(distinct coalesce(d.merged_into, d.id)) as customers, count(*) as lines, sum(p.amount) as amount,
           min(p.month) as first, max(p.month) as last
      from estate.spend as p
      join estate.suppliers as named on named.organisation_id = p.organisation_id and named.id = p.supplier_id
      join estate.suppliers as s on s.organisation_id = p.organisation_id and s.id = coalesce(named.merged_into, named.id)
      join estate.departments as d on d.organisation_id = p.organisation_id and d.id = p.department_id
     where p.organisation_id = ${tx.organisationId}
     group by s.id, s.name, p.currency
     order by customers desc, amount desc limit ${most}`.execute(estateTables(tx));
  return rows.map((row) => ({
    supplierId: row.supplier_id,
    supplierName: row.supplier_name,
    customers: row.customers,
    lines: row.lines,
    amount: row.amount,
    currency: row.currency,
    from: row.first,
    to: row.last,
  }));
}

/** A department's or a lot's part of what a supplier was paid. */
export interface SalesTo {
  readonly name: string;
  readonly amount: number;
  readonly lines: number;
}

/** Who bought from a supplier, and in which lots, dearest first. */
export async function listCustomers(tx: Tx, supplierId: string): Promise<{ customers: SalesTo[]; lots: SalesTo[] }> {
  const { rows } = await sql<{ customer: string | null; lot: string | null; amount: number; lines: number }>`
    select buyer.name as customer, coalesce(p.framework || ', ' || p.lot, p.framework, p.lot, 'No lot') as lot,
           sum(p.amount) as amount, count(*) as lines
      from estate.spend as p
      join estate.departments as d on d.organisation_id = p.organisation_id and d.id = p.department_id
      join estate.departments as buyer on buyer.organisation_id = p.organisation_id and buyer.id = coalesce(d.merged_into, d.id)
     where p.organisation_id = ${tx.organisationId} and p.supplier_id in (
       select id from estate.suppliers
        where organisation_id = ${tx.organisationId} and (id = ${supplierId} or merged_into = ${supplierId}))
     group by grouping sets ((buyer.id, buyer.name), (coalesce(p.framework || ', ' || p.lot, p.framework, p.lot, 'No lot')))
     order by amount desc`.execute(estateTables(tx));
  const shape = (name: string, row: (typeof rows)[number]): SalesTo => ({ name, amount: row.amount, lines: row.lines });
  return {
    customers: rows.flatMap((row) => (row.customer === null ? [] : [shape(row.customer, row)])),
    lots: rows.flatMap((row) => (row.customer !== null || row.lot === null ? [] : [shape(row.lot, row)])),
  };
}
