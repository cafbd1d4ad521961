import { formatNumber } from '#design';
import { Problem, scopeOf, sheetLimits, withFileOfForm, type Database, type Server } from '#platform';
import { listHistories } from '../figures/population.ts';
import { importHistoryFile, type HistoryImport } from '../history/histories.ts';

const address = '/staff/operations/histories';
const config = {
  access: { who: 'staff', roles: ['platform operator'], over: 'government' },
} as const;
/** How many of the columns and cells that were left out stand on the page. */
const mostLeftOut = 50;

/** The page by which measures that were published elsewhere, or before, are brought in and shown beside those counted here. */
export function addHistoryImportPages(
  server: Server,
  { database, settings }: { database: Database; settings: { readonly currency: string } },
): void {
  const page = async (more: object) => ({
    title: 'Histories of measures',
    breadcrumbs: [{ text: 'Your work', href: '/staff' }],
    action: address,
    megabytes: Math.floor(sheetLimits.fileBytes / 1_000_000),
    histories: await listHistories(database),
    values: {},
    ...more,
  });

  server.get(address, { config }, async (_request, reply) => reply.page('measures/histories', await page({})));

  server.post(address, { config: { ...config, multipart: true } }, (request, reply) =>
    withFileOfForm(request, sheetLimits.fileBytes, async ({ fields, file }) => {
      const told = (name: string): string => (fields[name] ?? '').trim();
      const errors = [
        ...Object.entries(empty).flatMap(([name, text]) => (told(name) === '' ? [{ href: `#${name}`, text }] : [])),
        ...(file === null ? [{ href: '#file', text: 'Select a file: CSV, or an Excel workbook (.xlsx)' }] : []),
      ];
      const again = async (faults: readonly { href: string; text: string }[]) =>
        reply.code(400).page('measures/histories', await page({ errors: faults, values: fields }));
      if (file === null || errors.length > 0) return again(errors);
      try {
        const done = await importHistoryFile(database, scopeOf(request), file.path, {
          title: told('title'),
          publisher: told('publisher'),
          licence: told('licence'),
          source: told('source'),
          currency: settings.currency,
          fileName: file.name,
        });
        return await reply.page('measures/histories', await page(outcomeOf(done)));
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'unprocessable') throw error;
        return again([{ href: '#file', text: error.message }]);
      }
    }),
  );
}

/** What is said of a field that was left empty. */
const empty = {
  title: 'Enter a title',
  publisher: 'Enter who published it',
  licence: 'Enter its licence, or "Not known"',
  source: 'Enter where it was published',
};

/** What the page says of an import that was done. */
function outcomeOf({ services, figures, leftOut }: HistoryImport): object {
  return {
    notice: {
      type: 'success',
      heading: `${services === 1 ? 'One service was' : `${formatNumber(services)} services were`} read. Figures that are new or different: ${formatNumber(figures)}`,
    },
    leftOut: leftOut.slice(0, mostLeftOut),
    more: Math.max(0, leftOut.length - mostLeftOut),
  };
}
