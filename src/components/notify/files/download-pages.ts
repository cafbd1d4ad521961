import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { getService } from '#organisations';
import type { Database, FileStore, KeptFile, Keyring, Scope, Server } from '#platform';
import { readSendingSettings } from '../sending-settings.ts';
import { findLinkedFile, openLinkedFile, organisationOf } from './linked-files.ts';

const because = 'the link that was sent by e-mail holds a secret, which the route checks';
const config = { access: { who: 'holder', of: 'link to a file', because } } as const;
/** Whoever guesses at the address that a file was sent to is soon told to wait. */
const guarded = { ...config, rateLimit: { max: 20 } };
const params = Type.Object({ key: Type.String({ maxLength: 100 }) });

/** The pages on which people get the files that an e-mail links to. */
export function addDownloadPages(
  server: Server,
  dependencies: { database: Database; keyring: Keyring; fileStore: FileStore },
): void {
  const { database, keyring } = dependencies;
  const scopeOf = (key: string): Scope => ({ organisationId: organisationOf(key), actor: { kind: 'applicant' } });

  server.get('/download/:key', { config, schema: { params } }, async (request, reply) => {
    const { key } = request.params;
    return reply.page('notify/download', await page(key));
  });

  server.get('/download/:key/file', { config, schema: { params } }, async (request, reply) => {
    const { key } = request.params;
    const opened = await database.transact(scopeOf(key), (tx) =>
      openLinkedFile(tx, dependencies, { key, email: null }),
    );
    // Where an address is asked for first, the page asks for it.
    if (opened === null) return reply.redirect(`/download/${key}`, 303);
    return send(reply, opened);
  });

  server.post(
    '/download/:key',
    {
      config: guarded,
      schema: { params, body: Type.Object({ email: Type.Optional(Type.String({ maxLength: 320 })) }) },
    },
    async (request, reply) => {
      const { key } = request.params;
      const email = (request.body.email ?? '').trim();
      const opened = await database.transact(scopeOf(key), (tx) => openLinkedFile(tx, dependencies, { key, email }));
      if (opened !== null) return send(reply, opened);
      const text =
        email === ''
          ? 'Enter your email address'
          : 'This is not the address that the file was sent to. Enter the one at which you got the email.';
      return reply.code(400).page('notify/download', { ...(await page(key)), errors: [{ href: '#email', text }] });
    },
  );

  async function page(key: string) {
    return database.transact(scopeOf(key), async (tx) => {
      const found = await findLinkedFile(tx, keyring, key);
      const service = await getService(tx, found.serviceId);
      const { filesContact } = await readSendingSettings(tx, found.serviceId);
      return {
        title: 'You have a file to download',
        from: service.name,
        department: service.organisationName,
        contact: filesContact ?? service.contact,
        file: { name: found.file.name, state: found.file.state, kind: found.file.kind.title, size: sizeOf(found.file) },
        confirms: found.confirms,
        expiresAt: found.expiresAt,
        action: `/download/${key}`,
      };
    });
  }
}

async function send(
  reply: FastifyReply,
  { file, content }: { file: KeptFile; content: () => Promise<AsyncIterable<Buffer>> },
): Promise<FastifyReply> {
  return reply
    .header('cache-control', 'no-store')
    .header('content-length', String(file.bytes))
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeName(file)}`)
    .type(file.kind.mediaTypes[0] ?? 'application/octet-stream')
    .send(Readable.from(await content(), { objectMode: false }));
}

/** As RFC 8187, section 3.2.1, wants a name with letters of any language; with an extension, by which it is opened. */
function encodeName({ name, kind }: KeptFile): string {
  const whole = name.includes('.') ? name : `${name}.${kind.name}`;
  return encodeURIComponent(whole).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sizeOf({ bytes }: KeptFile): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
