import type { FastifyRequest } from 'fastify';
import { Type, type TSchema } from 'typebox';
import type { Database } from '../database.ts';
import type { Access } from '../http/access.ts';
import { withFileOfForm } from '../http/given-file.ts';
import { scopeOf, type PageContent, type Server } from '../http/server.ts';
import { Problem } from '../problem.ts';
import type { Imports, RowAside, ShownImport } from './imports.ts';
import { missingFields, type ImportField, type ImportMapping, type TableColumn } from './mapping.ts';
import { SheetProblem, sheetLimits } from './sheet.ts';
import type { DayOrder } from './values.ts';

/** Where import pages stand, and what surrounds them. */
export interface ImportPages {
  readonly database: Database;
  readonly imports: Imports;
  /** The pattern of the address of the list: `/staff/organisations/:organisationId/estate/imports`. */
  readonly path: string;
  readonly access: Access;
  /** The parameters of the address, without those that are added here. */
  readonly params: Readonly<Record<string, TSchema>>;
  /** The kinds that can be imported here, in the order in which they are offered. */
  readonly kinds: readonly string[];
  /** What surrounds the pages, such as the breadcrumbs and the navigation beside them. */
  readonly frame: (request: FastifyRequest) => Promise<Readonly<Record<string, unknown>>>;
  /** What the importer is told beside the rows. Nothing where left out. Only imports with the same are shown. */
  readonly about?: (request: FastifyRequest) => Readonly<Record<string, string>>;
}

const text = Type.Optional(Type.String({ maxLength: 40_000 }));
const [fileBytes, samplesShown] = [sheetLimits.fileBytes, 3] as const;

/**
 * The pages by which a person brings a table in: choose a file, say which column is what (proposed, with samples), see how
 * far it is, and mend the rows that could not be taken. They work without JavaScript.
 */
export function addImportPages(server: Server, pages: ImportPages): void {
  const { database, imports, path } = pages;
  const config = { access: pages.access };
  const about = pages.about ?? (() => ({}));
  const ofList = Type.Object({ ...pages.params });
  const ofImport = Type.Object({ ...pages.params, importId: Type.String({ format: 'uuid' }) });
  const ofRow = Type.Object({
    ...pages.params,
    importId: Type.String({ format: 'uuid' }),
    rowNumber: Type.String({ pattern: '^[0-9]{1,9}$' }),
  });

  server.get(path, { config, schema: { params: ofList } }, async (request, reply) =>
    reply.page('platform/imports', await listPage(request, {})),
  );

  server.post(path, { config: { ...config, multipart: true }, schema: { params: ofList } }, (request, reply) =>
    withFileOfForm(request, fileBytes, async ({ fields, file }) => {
      const kind = pages.kinds.length === 1 ? pages.kinds[0] : pages.kinds.find((each) => each === fields['kind']);
      const errors = [
        ...(kind === undefined ? [{ href: '#kind', text: 'Select what the file holds' }] : []),
        ...(file === null ? [{ href: '#file', text: 'Select a file: CSV, or an Excel workbook (.xlsx)' }] : []),
      ];
      if (kind === undefined || file === null) {
        return reply.code(400).page('platform/imports', await listPage(request, { errors, values: fields }));
      }
      try {
        const given = { kind, path: file.path, fileName: file.name, about: about(request) };
        const id = await imports.receive(scopeOf(request), given);
        return reply.redirect(`${addressOf(request)}/${id}`, 303);
      } catch (error) {
        if (!(error instanceof SheetProblem)) throw error;
        const wrong = [{ href: '#file', text: error.message }];
        return reply.code(400).page('platform/imports', await listPage(request, { errors: wrong, values: fields }));
      }
    }),
  );

  server.get(
    `${path}/:importId`,
    {
      config,
      schema: { params: ofImport, querystring: Type.Object({ 'heading-row': text, after: text }) },
    },
    async (request, reply) => {
      const shown = await find(request, request.params);
      if (shown.state === 'mapping') {
        const headingRow = rowNumberOf(request.query['heading-row']) ?? shown.mapping.headingRow;
        return reply.page('platform/import-mapping', await mappingPage(request, shown, { headingRow }));
      }
      const after = rowNumberOf(request.query.after) ?? 0;
      const aside = await database.transact(scopeOf(request), (tx) => imports.listAside(tx, shown.id, after, 51));
      const rows = aside.slice(0, 50);
      return reply.page('platform/import', {
        title: `${imports.importer(shown.kind).title}: ${shown.fileName}`,
        ...(await pages.frame(request)),
        of: shown,
        what: imports.importer(shown.kind).title,
        address: addressOf(request),
        rows: rows.map((row) => shownRow(row, imports.importer(shown.kind).fields, shown.mapping)),
        next: aside.length > rows.length ? rows.at(-1)?.number : undefined,
      });
    },
  );

  server.post(
    `${path}/:importId/begin`,
    {
      config,
      schema: {
        params: ofImport,
        body: Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 100 }), { maxProperties: 200 }),
      },
    },
    async (request, reply) => {
      const shown = await find(request, request.params);
      const { fields } = imports.importer(shown.kind);
      const { mapping, twice } = mappingOf(request.body, fields, shown);
      try {
        if (twice.length > 0) throw new Problem('invalid', { places: twice });
        await database.transact(scopeOf(request), (tx) => imports.begin(tx, shown.id, mapping));
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
        const page = await mappingPage(
          request,
          { ...shown, mapping },
          { headingRow: mapping.headingRow, wrong: error.places },
        );
        return reply.code(400).page('platform/import-mapping', page);
      }
      return reply.redirect(`${addressOf(request)}/${shown.id}`, 303);
    },
  );

  server.get(`${path}/:importId/rows/:rowNumber`, { config, schema: { params: ofRow } }, async (request, reply) => {
    const { shown, row } = await findRow(request, request.params);
    return reply.page('platform/import-row', await rowPage(request, shown, row));
  });

  server.post(
    `${path}/:importId/rows/:rowNumber`,
    {
      config,
      schema: {
        params: ofRow,
        body: Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 40_000 }), { maxProperties: 200 }),
      },
    },
    async (request, reply) => {
      const { shown, row } = await findRow(request, request.params);
      const back = `${addressOf(request)}/${shown.id}`;
      if (request.body['do'] === 'drop') {
        await database.transact(scopeOf(request), (tx) => imports.dropRow(tx, shown.id, row.number));
        return reply.redirect(back, 303);
      }
      const cells = [...row.cells];
      for (const [name, column] of Object.entries(shown.mapping.columns)) {
        const value = request.body[`field-${name}`];
        if (value === undefined) continue;
        while (cells.length < column) cells.push('');
        cells[column] = value;
      }
      const problem = await imports.retryRow(scopeOf(request), shown.id, row.number, cells);
      if (problem === null) return reply.redirect(back, 303);
      const mended = { number: row.number, cells, field: problem.field ?? null, reason: problem.message };
      return reply.code(400).page('platform/import-row', await rowPage(request, shown, mended));
    },
  );

  /** The address of the list, from that of any page below it. */
  function addressOf(request: FastifyRequest): string {
    const steps = path.split('/').length;
    return (request.url.split('?')[0] ?? '').split('/').slice(0, steps).join('/');
  }

  async function find(request: FastifyRequest, { importId }: { importId: string }): Promise<ShownImport> {
    const shown = await database.transact(scopeOf(request), (tx) => imports.get(tx, importId));
    // What was imported elsewhere, such as into another service, is not on these pages.
    if (!pages.kinds.includes(shown.kind) || !isSame(shown.about, about(request))) throw new Problem('not-found');
    return shown;
  }

  async function findRow(
    request: FastifyRequest,
    params: { importId: string; rowNumber: string },
  ): Promise<{ shown: ShownImport; row: RowAside }> {
    const shown = await find(request, params);
    const number = Number(params.rowNumber);
    const [row] = await database.transact(scopeOf(request), (tx) => imports.listAside(tx, shown.id, number - 1, 1));
    if (row?.number !== number) {
      throw new Problem('gone', {
        title: 'This row was taken or dropped',
        message: 'Go back to the import to see what is left.',
      });
    }
    return { shown, row };
  }

  async function listPage(
    request: FastifyRequest,
    more: { errors?: readonly { href: string; text: string }[]; values?: Readonly<Record<string, string>> },
  ): Promise<PageContent> {
    const done = await database.transact(scopeOf(request), async (tx) => {
      const lists: ShownImport[][] = [];
      for (const kind of pages.kinds) lists.push(await imports.list(tx, kind));
      return lists.flat();
    });
    return {
      title: 'Import a table',
      ...(await pages.frame(request)),
      ...more,
      values: more.values ?? {},
      address: addressOf(request),
      kinds: pages.kinds.map((kind) => ({ kind, title: imports.importer(kind).title })),
      megabytes: fileBytes / 1_000_000,
      done: done
        .filter((each) => isSame(each.about, about(request)))
        .toSorted((a, b) => (a.id < b.id ? 1 : -1))
        .map((each) => ({ ...each, what: imports.importer(each.kind).title })),
    };
  }

  async function mappingPage(
    request: FastifyRequest,
    shown: ShownImport,
    { headingRow, wrong = [] }: { headingRow: number; wrong?: Problem['places'] },
  ): Promise<PageContent> {
    const { fields, title } = imports.importer(shown.kind);
    const { columns, rowsBelow } = await database.transact(scopeOf(request), (tx) =>
      imports.columns(tx, shown.id, headingRow),
    );
    const fieldAt = new Map(Object.entries(shown.mapping.columns).map(([name, index]) => [index, name]));
    // What has no column yet is chosen at the first column that is nothing yet.
    const free = columns.find((column) => !fieldAt.has(column.index))?.index ?? columns[0]?.index ?? 0;
    const errors = wrong.map(({ place, message }) => ({
      href: `#column-${/^\d+$/.test(place) ? place : free}`,
      text: message,
    }));
    return {
      title: `Which column is what: ${shown.fileName}`,
      ...(await pages.frame(request)),
      errors,
      headingRow,
      of: shown,
      what: title,
      rowsBelow,
      address: addressOf(request),
      columns: columns.map((column) => ({
        index: column.index,
        heading: headingOf(column),
        samples: column.samples.slice(0, samplesShown).join('; '),
        items: [
          { value: '', text: 'Nothing that is needed here' },
          ...fields.map((field) => ({
            value: field.name,
            text: field.required === true ? `${field.label} (needed)` : field.label,
            selected: fieldAt.get(column.index) === field.name,
          })),
        ],
      })),
      missing: missingFields(fields, shown.mapping).map((field) => field.label),
      hasDays: fields.some((field) => field.kind === 'day'),
    };
  }

  async function rowPage(request: FastifyRequest, shown: ShownImport, row: RowAside): Promise<PageContent> {
    const { fields } = imports.importer(shown.kind);
    const mapped = fields.filter((field) => shown.mapping.columns[field.name] !== undefined);
    const blamed = mapped.some((field) => field.name === row.field);
    return {
      title: `Row ${row.number} of ${shown.fileName}`,
      ...(await pages.frame(request)),
      errors: [{ href: blamed ? `#field-${row.field}` : `#field-${mapped[0]?.name ?? ''}`, text: row.reason }],
      of: shown,
      row,
      address: addressOf(request),
      fields: mapped.map((field) => ({
        ...field,
        value: row.cells[shown.mapping.columns[field.name] ?? -1] ?? '',
        error: field.name === row.field ? row.reason : undefined,
        choiceNames: field.kind === 'choice' ? Object.keys(field.choices ?? {}).join(', ') : undefined,
      })),
    };
  }
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

function headingOf(column: TableColumn): string {
  return column.heading === '' ? `Column ${column.index + 1}` : column.heading;
}

function rowNumberOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** What a person chose. Two columns cannot be the same field: `twice` says so at the second one. */
function mappingOf(
  body: Readonly<Record<string, string>>,
  fields: readonly ImportField[],
  shown: ShownImport,
): { mapping: ImportMapping; twice: { place: string; message: string }[] } {
  const columns: Record<string, number> = {};
  const twice: { place: string; message: string }[] = [];
  for (const [key, name] of Object.entries(body)) {
    const index = key.startsWith('column-') ? rowNumberOf(key.slice('column-'.length)) : undefined;
    const field = fields.find((each) => each.name === name);
    if (index === undefined || field === undefined) continue;
    if (columns[name] === undefined) columns[name] = index;
    else
      twice.push({
        place: String(index),
        message: `Only one column can be ${field.label}. Choose something else for this one.`,
      });
  }
  const dayOrder: DayOrder = body['day-order'] === 'month first' ? 'month first' : 'day first';
  const headingRow = rowNumberOf(body['heading-row']) ?? shown.mapping.headingRow;
  return { mapping: { ...shown.mapping, columns, headingRow, dayOrder }, twice };
}

/** A row that lies aside, as a line of a list: its reason, and what is in its first columns to know it by. */
function shownRow(
  row: RowAside,
  fields: readonly ImportField[],
  mapping: ImportMapping,
): { number: number; reason: string; beginning: string } {
  const filled = fields
    .map((field) => row.cells[mapping.columns[field.name] ?? -1]?.trim() ?? '')
    .filter((cell) => cell !== '');
  const beginning = filled.slice(0, 3).join('; ');
  return {
    number: row.number,
    reason: row.reason,
    beginning: beginning.length > 80 ? `${beginning.slice(0, 79)}…` : beginning,
  };
}
