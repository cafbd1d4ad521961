import { Type } from 'typebox';
import { formatDate, formatDateTime } from '#design';
import { isId, Problem, type Server } from '#platform';
import { listDepartments } from '../suppliers/departments.ts';
import { listMergers, mergeSpellings, undoMerger } from '../suppliers/mergers.ts';
import { listCustomers, listSales } from '../suppliers/sales.ts';
import { getSupplier, listSuppliers } from '../suppliers/suppliers.ts';
import { readEstate } from '../whole-estate.ts';
import { field, ofPlace, openEstate, params, places, type EstatePages } from './places.ts';
import { exactMoney, plural, shortMoney } from './words.ts';

const id = Type.String({ format: 'uuid' });

/** Suppliers: what is paid to each, who else buys from them, and which spellings are one. */
export function addSupplierPages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(`${place.path}/suppliers`, { config: place.reading, schema: { params } }, async (request, reply) => {
      const asAt = pages.calendar.today();
      const { standing, estate, sales } = await openEstate(
        pages,
        request,
        place,
        { current: '/suppliers' },
        async (tx, open) => ({
          standing: open,
          estate: await readEstate(tx, asAt),
          sales: await listSales(tx),
        }),
      );
      const live = estate.contracts.filter(
        (contract) => contract.dates?.state !== 'ended' && contract.supplierId !== null,
      );
      const bySupplier = [...Map.groupBy(live, (contract) => contract.supplierId ?? '')]
        .map(([supplierId, contracts]) => ({
          supplierId,
          name: contracts[0]?.supplierName ?? '',
          contracts: contracts.length,
          departments: new Set(contracts.map((contract) => contract.departmentId)).size,
          cost: contracts.reduce((sum, contract) => sum + (contract.yearlyCost ?? 0), 0),
        }))
        .toSorted((one, other) => other.cost - one.cost);
      return reply.page('estate/suppliers', {
        title: 'Suppliers',
        ...standing.frame,
        isEmpty: bySupplier.length + sales.length === 0,
        mayMerge: standing.mayEdit && standing.place === 'government',
        contracts: {
          caption: 'Suppliers by what is paid under contracts',
          head: [
            { text: 'Supplier' },
            { text: 'Contracts' },
            { text: 'Departments', format: 'numeric' as const },
            { text: 'Cost a year', format: 'numeric' as const },
          ],
          rows: bySupplier
            .slice(0, 100)
            .map((each) => [
              { text: each.name, href: `${standing.base}/suppliers/${each.supplierId}` },
              { text: plural(each.contracts, 'contract') },
              { text: String(each.departments) },
              { text: shortMoney(each.cost, pages.currency) },
            ]),
        },
        sales: {
          caption: 'Suppliers that sold to many separate customers, from spend',
          head: [
            { text: 'Supplier' },
            { text: 'Separate customers', format: 'numeric' as const },
            { text: 'Lines', format: 'numeric' as const },
            { text: 'Paid', format: 'numeric' as const },
          ],
          rows: sales.map((each) => [
            {
              text: each.supplierName,
              href: `${standing.base}/suppliers/${each.supplierId}`,
              hint: `${formatDate(each.from)} to ${formatDate(each.to)}`,
            },
            { text: String(each.customers) },
            { text: new Intl.NumberFormat('en-GB').format(each.lines) },
            { text: shortMoney(each.amount, each.currency) },
          ]),
        },
      });
    });

    server.get(
      `${place.path}/suppliers/:supplierId`,
      { config: place.reading, schema: { params: Type.Object({ ...ofPlace, supplierId: id }) } },
      async (request, reply) => {
        const asAt = pages.calendar.today();
        const { standing, estate, supplier, spend } = await openEstate(
          pages,
          request,
          place,
          { current: '/suppliers' },
          async (tx, open) => {
            const found = await getSupplier(tx, request.params.supplierId);
            return {
              standing: open,
              supplier: found,
              estate: await readEstate(tx, asAt),
              spend: await listCustomers(tx, found.id),
            };
          },
        );
        const contracts = estate.contracts
          .filter((contract) => contract.supplierId === supplier.id)
          .toSorted((one, other) =>
            (one.dates?.decision?.by ?? '9999').localeCompare(other.dates?.decision?.by ?? '9999'),
          );
        return reply.page('estate/supplier', {
          title: supplier.name,
          ...standing.frame,
          supplier,
          figures: [
            {
              label: 'Decide by',
              value:
                contracts[0]?.dates?.decision === undefined || contracts[0].dates.decision === null
                  ? 'Nothing to decide'
                  : formatDate(contracts[0].dates.decision.by),
              ...((contracts[0]?.dates?.decision?.by ?? '9999') < asAt ? { hint: 'Overdue' } : {}),
            },
            {
              label: 'Cost a year',
              value: shortMoney(
                contracts.reduce((sum, each) => sum + (each.yearlyCost ?? 0), 0),
                pages.currency,
              ),
            },
            { label: 'Contracts', value: String(contracts.length) },
            { label: 'Departments', value: String(new Set(contracts.map((each) => each.departmentId)).size) },
          ],
          contracts: {
            caption: 'Contracts',
            captionHidden: true,
            head: [
              { text: 'Contract' },
              { text: 'Decide by' },
              { text: 'Department' },
              { text: 'Cost a year', format: 'numeric' as const },
            ],
            rows: contracts.map((contract) => [
              { text: contract.title, href: `${standing.base}/contracts/${contract.id}`, hint: contract.kind ?? '' },
              {
                text:
                  contract.dates?.decision === null || contract.dates === null
                    ? 'Nothing to decide'
                    : formatDate(contract.dates.decision.by),
                ...((contract.dates?.decision?.by ?? '9999') < asAt ? { hint: 'Overdue' } : {}),
              },
              { text: contract.departmentName },
              { text: exactMoney(contract.yearlyCost, contract.currency) },
            ]),
          },
          customers: spend.customers.slice(0, 200).map((each) => ({ ...each, amount: exactMoney(each.amount) })),
          customersInAll: spend.customers.length,
          lots: spend.lots.map((each) => ({ ...each, amount: exactMoney(each.amount) })),
        });
      },
    );
  }

  // Spellings are settled once, for the whole government.
  const [place] = places;
  if (place === undefined) return;
  server.get(
    `${place.path}/spellings`,
    { config: place.editing, schema: { params, querystring: Type.Object({ done: field }) } },
    async (request, reply) => {
      const found = await openEstate(pages, request, place, { current: '/suppliers' }, async (tx, standing) => ({
        standing,
        mergers: await listMergers(tx),
        suppliers: await listSuppliers(tx),
        departments: await listDepartments(tx),
      }));
      const items = (list: readonly { id: string; name: string }[]) => [
        { value: '', text: 'Choose' },
        ...list.map((each) => ({ value: each.id, text: each.name })),
      ];
      return reply.page('estate/spellings', {
        title: 'Spellings',
        ...found.standing.frame,
        notice:
          request.query.done === undefined
            ? undefined
            : {
                type: 'success',
                heading: request.query.done === 'undone' ? 'The merger was undone' : 'The two are one now',
              },
        mergers: found.mergers.map((merger) => ({
          ...merger,
          when: formatDateTime(merger.at, pages.calendar.timeZone),
        })),
        suppliers: items(found.suppliers),
        departments: items(found.departments),
      });
    },
  );

  server.post(
    `${place.path}/spellings`,
    { config: place.editing, schema: { params, body: Type.Object({ kind: field, merged: field, into: field }) } },
    async (request, reply) => {
      const { kind, merged = '', into = '' } = request.body;
      if ((kind !== 'supplier' && kind !== 'department') || !isId(merged) || !isId(into) || merged === into) {
        throw new Problem('unprocessable', { message: 'Choose two different names that are one, then send it again.' });
      }
      const base = await openEstate(pages, request, place, { current: '/suppliers' }, async (tx, standing) => {
        await mergeSpellings(tx, kind, merged, into);
        return standing.base;
      });
      return reply.redirect(`${base}/spellings?done=merged`, 303);
    },
  );

  server.post(
    `${place.path}/spellings/:mergerId/undoing`,
    { config: place.editing, schema: { params: Type.Object({ mergerId: id }) } },
    async (request, reply) => {
      const base = await openEstate(pages, request, place, { current: '/suppliers' }, async (tx, standing) => {
        await undoMerger(tx, request.params.mergerId);
        return standing.base;
      });
      return reply.redirect(`${base}/spellings?done=undone`, 303);
    },
  );
}
