import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { components, escapeHtml } from '#design';
import { scopeOf } from '#platform';
import type { Database, FileStore, KeptFile, Keyring, Server } from '#platform';
import { openCaseFile } from '../files.ts';
import { ofCase } from './schemas.ts';

const ofFile = Type.Object({ ...ofCase.properties, fileId: Type.String({ format: 'uuid' }) });

const readers = {
  access: { who: 'staff', roles: ['caseworker', 'service manager', 'auditor'], over: 'service' },
} as const;

/** The files that came with a case, to be saved on the caseworker's machine: none is shown in the browser. */
export function addCaseFiles(
  server: Server,
  { database, keyring, fileStore }: { database: Database; keyring: Keyring; fileStore: FileStore },
): void {
  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/files/:fileId',
    { config: readers, schema: { params: ofFile } },
    async (request, reply) => {
      const { file, content } = await database.transact(scopeOf(request), (tx) =>
        openCaseFile(tx, { keyring, fileStore }, request.params),
      );
      return reply
        .header('content-length', String(file.bytes))
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeName(file.name)}`)
        .type(file.kind.mediaTypes[0] ?? 'application/octet-stream')
        .send(Readable.from(await content(), { objectMode: false }));
    },
  );
}

/** As RFC 8187, section 3.2.1, wants a name with letters of any language. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The files of an answer: a link to each that was found clean, and what became of the others. */
export function renderFiles(ids: readonly string[], files: readonly KeptFile[], address: string): string {
  const items = ids.map((id) => {
    const file = files.find((each) => each.id === id);
    return `<li>${file ? renderFile(file, address) : 'A file that is not kept any more'}</li>`;
  });
  return `<ul class="govuk-list">${items.join('')}</ul>`;
}

function renderFile({ id, name, kind, bytes, state, scannedBy }: KeptFile, address: string): string {
  const size = bytes >= 1_000_000 ? `${(bytes / 1_000_000).toFixed(1)}MB` : `${Math.ceil(bytes / 1000)}KB`;
  const shown = escapeHtml(name);
  const tag = (text: string, colour: string): string => components.tag({ text, classes: `govuk-tag--${colour}` });
  if (state === 'waiting') return `${shown} ${tag('Being checked for viruses', 'yellow')}`;
  if (state === 'infected') {
    return `${shown} ${tag('Virus found', 'red')}<br>It was removed. Ask the applicant for another one.`;
  }
  const unscanned = scannedBy === 'development' ? ` ${tag('Not scanned', 'orange')}` : '';
  return `<a class="govuk-link" href="${escapeHtml(address)}/files/${id}">${shown}</a> (${kind.title}, ${size})${unscanned}`;
}
