import { Readable } from 'node:stream';
import type { Service } from '#organisations';
import { recordAudit, csvLine } from '#platform';
import type { Database, Keyring, Scope } from '#platform';
import { readDefinition } from '../definition/definition.ts';
import { everyQuestion } from '../definition/form.ts';
import { exportSubmissions } from '../applications/submissions.ts';
import type { ExportedSubmission } from '../applications/submissions.ts';
import { getDefinition, listVersions } from '../versions/versions.ts';
import { writeSubmission } from './submission-document.ts';

/** How many submissions are in memory at once. */
const batchSize = 200;

/**
 * Every submission of a service that was not erased, oldest first, as a stream: however many there are, a few hundred are in
 * memory. The download is in the audit trail before the first byte is sent.
 *
 * @param options.as `csv`: a row for each submission, with a column for each question of every version (RFC 4180, UTF-8
 *   with a byte order mark, for spreadsheets). `json`: docs/guides/receiving-submissions.md.
 */
export async function downloadSubmissions(
  database: Database,
  scope: Scope,
  { keyring, service, as }: { keyring: Keyring; service: Service; as: 'csv' | 'json' },
): Promise<Readable> {
  await database.transact(scope, (tx) =>
    recordAudit(tx, {
      action: 'forms.submissions-downloaded',
      subject: { kind: 'service', id: service.id, name: service.name },
      detail: { as },
    }),
  );
  if (as === 'json') return Readable.from(writeJson(service, readAll(database, scope, keyring, service)));
  const columns = await findColumns(database, scope, service.id);
  return Readable.from(writeCsv(columns, readAll(database, scope, keyring, service)));
}

async function* readAll(
  database: Database,
  scope: Scope,
  keyring: Keyring,
  service: Service,
): AsyncGenerator<ExportedSubmission[]> {
  let after: string | undefined;
  for (;;) {
    const batch = await database.transact(scope, (tx) =>
      exportSubmissions(tx, keyring, {
        serviceId: service.id,
        most: batchSize,
        ...(after === undefined ? {} : { after }),
      }),
    );
    const last = batch.at(-1);
    if (!last) return;
    yield batch;
    after = last.id;
  }
}

async function* writeJson(
  service: Service,
  batches: AsyncIterable<readonly ExportedSubmission[]>,
): AsyncGenerator<string> {
  yield '{"schema":"commonhold.submissions/1","submissions":[';
  let isFirst = true;
  for await (const batch of batches) {
    const written = batch.map((submission) => JSON.stringify(writeSubmission(service, submission)));
    yield `${isFirst ? '' : ','}\n${written.join(',\n')}`;
    isFirst = false;
  }
  yield '\n]}\n';
}

interface Column {
  key: string;
  title: string;
}

async function* writeCsv(
  columns: readonly Column[],
  batches: AsyncIterable<readonly ExportedSubmission[]>,
): AsyncGenerator<string> {
  const known = new Set(columns.map(({ key }) => key));
  yield `\ufeff${csvLine(['Reference', 'Sent', 'Version', ...columns.map(({ title }) => title), 'Other answers'])}`;
  for await (const batch of batches) {
    let text = '';
    for (const { reference, submittedAt, version, questions } of batch) {
      const answers = new Map(questions.map(({ key, lines }) => [key, lines.join('; ')]));
      const others = questions.filter(({ key }) => !known.has(key));
      text += csvLine([
        reference,
        new Date(submittedAt).toISOString(),
        String(version),
        ...columns.map(({ key }) => answers.get(key) ?? ''),
        others.map(({ question, lines }) => `${question}: ${lines.join('; ')}`).join('; '),
      ]);
    }
    yield text;
  }
}

/** A column for each question of every version, in the order of the newest that asks it. */
async function findColumns(database: Database, scope: Scope, serviceId: string): Promise<Column[]> {
  const columns = new Map<string, string>();
  await database.transact(scope, async (tx) => {
    for (const { number } of await listVersions(tx, serviceId, 1_000)) {
      const { form } = readDefinition(await getDefinition(tx, serviceId, number));
      if (!form) continue;
      for (const [key, { question }] of everyQuestion(form)) {
        if (!columns.has(key)) columns.set(key, question.shortTitle ?? question.title);
      }
    }
  });
  const titles = [...columns.values()];
  return [...columns].map(([key, title]) => ({
    key,
    title: titles.filter((each) => each === title).length > 1 ? `${title} (${key})` : title,
  }));
}
