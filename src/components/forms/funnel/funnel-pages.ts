import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { formatNumber, formatPercentage } from '#design';
import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { addDays, isDay, scopeOf, csvLine } from '#platform';
import type { Calendar, Database, Keyring, Server } from '#platform';
import type { CompiledForm } from '../versions/compile.ts';
import { formAddress, ofService, readers } from '../designer/pages/desk.ts';
import { formPage } from '../pages/form-pages.ts';
import { findLiveNumber, findVersion, listVersions } from '../versions/versions.ts';
import { readFunnel, readMistakes, typicalSeconds } from './funnel.ts';
import type { PageFigures } from './funnel.ts';
import { listComments } from './comments.ts';

const day = Type.Optional(Type.String({ maxLength: 10 }));
const filterQuery = Type.Object({
  version: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,6}$' })),
  from: day,
  to: day,
});

/** Where people drop out of a form, page by page. */
export function addFunnelPages(
  server: Server,
  { database, keyring, frames, calendar }: { database: Database; keyring: Keyring; frames: Frames; calendar: Calendar },
): void {
  server.get(
    `${formAddress}/funnel`,
    { config: readers, schema: { params: ofService, querystring: filterQuery } },
    async (request, reply) => {
      const found = await readAll(request, request.params.serviceId, request.query);
      const { service, filter, rows, mistakes, versions, comments } = found;
      const frame = frames.ofService(request, service, formPage.path);
      const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
      const query = new URLSearchParams({ version: String(filter.version), from: filter.from, to: filter.to });
      return reply.page('forms/funnel/funnel', {
        title: `Where people stop in ${service.name}`,
        ...frame,
        breadcrumbs: [...frame.breadcrumbs, { text: 'Form', href: form }],
        of: service,
        action: `${form}/funnel`,
        download: `${form}/funnel.csv?${query.toString()}`,
        filter,
        versions: versions.map((each) => ({ value: String(each), text: `Version ${each}` })),
        rows: rows.map((row) => ({ ...row, ...wordsOf(row) })),
        hasCounts: rows.some(({ seen, answered }) => seen + answered > 0),
        mistakes: mistakes.map((each) => ({ ...each, made: formatNumber(each.made) })),
        comments,
      });
    },
  );

  server.get(
    `${formAddress}/funnel.csv`,
    { config: readers, schema: { params: ofService, querystring: filterQuery } },
    async (request, reply) => {
      const { service, filter, rows } = await readAll(request, request.params.serviceId, request.query);
      const head = [
        'Page',
        'Version',
        'From',
        'To',
        'Saw',
        'Answered',
        'Left',
        'Sent with mistakes',
        'Half took less than (seconds)',
      ];
      const lines = rows.map((row) => {
        const seconds = typicalSeconds(row.took);
        return [
          row.title,
          String(filter.version),
          filter.from,
          filter.to,
          String(row.seen),
          String(row.answered),
          String(leftOf(row)),
          String(row.mistaken),
          seconds === null ? '' : Number.isFinite(seconds) ? String(seconds) : 'more than 900',
        ];
      });
      return reply
        .header('content-disposition', `attachment; filename="funnel-${service.slug}-${filter.version}.csv"`)
        .type('text/csv; charset=utf-8')
        .send(`\ufeff${[head, ...lines].map(csvLine).join('')}`);
    },
  );

  async function readAll(
    request: FastifyRequest,
    serviceId: string,
    query: { version?: string; from?: string; to?: string },
  ) {
    return database.transact(scopeOf(request), async (tx) => {
      const service = await getService(tx, serviceId);
      const versions = (await listVersions(tx, serviceId)).map(({ number }) => number);
      const live = await findLiveNumber(tx, serviceId);
      const today = calendar.today();
      const to = query.to !== undefined && isDay(query.to) ? query.to : today;
      const from = query.from !== undefined && isDay(query.from) ? query.from : addDays(to, -27);
      const version = query.version === undefined ? (live ?? versions[0] ?? 1) : Number(query.version);
      const filter = { serviceId, version, from, to };
      const published = await findVersion(tx, serviceId, version);
      const figures = await readFunnel(tx, filter);
      const rows = published ? inOrder(published.compiled, figures) : [];
      const titles = new Map(rows.map((row) => [row.page, row.title]));
      const questions = published ? titlesOfFields(published.compiled) : new Map<string, string>();
      const mistakes = (await readMistakes(tx, filter, 20)).map((each) => ({
        ...each,
        pageTitle: titles.get(each.page) ?? each.page,
        question: questionOf(questions, each.field),
      }));
      return { service, filter, rows, mistakes, versions, comments: await listComments(tx, keyring, serviceId, 10) };
    });
  }
}

interface Row extends PageFigures {
  title: string;
}

/** The pages of the version in their order, with what was counted of each. */
function inOrder(compiled: CompiledForm, figures: readonly PageFigures[]): Row[] {
  const byPage = new Map(figures.map((each) => [each.page, each]));
  const pages = [
    ...compiled.pages.map(({ slug, title }) => ({ page: slug, title })),
    { page: 'check-your-answers', title: 'Check your answers' },
  ];
  const known = new Set(pages.map(({ page }) => page));
  const others = figures.filter(({ page }) => !known.has(page)).map(({ page }) => ({ page, title: page }));
  return [...pages, ...others].map(({ page, title }) => ({
    ...(byPage.get(page) ?? { page, seen: 0, answered: 0, mistaken: 0, took: [] }),
    title,
  }));
}

/** Who answered without having been seen here came by another way, such as another process. */
const leftOf = ({ seen, answered }: PageFigures): number => Math.max(seen - answered, 0);

function wordsOf(row: Row) {
  const left = leftOf(row);
  return {
    seenText: formatNumber(row.seen),
    answeredText: formatNumber(row.answered),
    leftText: row.seen === 0 ? '0' : `${formatNumber(left)} (${formatPercentage(left / row.seen)})`,
    mistakenText: formatNumber(row.mistaken),
    typical: wordsOfSeconds(typicalSeconds(row.took)),
  };
}

function wordsOfSeconds(seconds: number | null): string {
  if (seconds === null) return '';
  if (!Number.isFinite(seconds)) return 'over 15 minutes';
  return seconds < 60
    ? `under ${seconds} seconds`
    : seconds === 60
      ? 'under a minute'
      : `under ${seconds / 60} minutes`;
}

function titlesOfFields(compiled: CompiledForm): Map<string, string> {
  return new Map(
    [...compiled.pages, ...(compiled.summary ? [compiled.summary] : [])].flatMap(({ questions }) =>
      questions.map(({ question }): [string, string] => [question.key, question.shortTitle ?? question.title]),
    ),
  );
}

/** A field is a question's key, or a part of it: `dateOfBirth-day`. */
function questionOf(questions: ReadonlyMap<string, string>, field: string): string {
  return questions.get(field) ?? questions.get(field.replace(/-[^-]*$/, '')) ?? field;
}
