import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A store that answers the calls of S3 that files are kept with, for tests: what it holds is in memory. */
export interface TestS3 {
  /** For FILE_STORAGE. */
  readonly address: string;
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Uploads in parts that were begun and neither finished nor given up. */
  readonly unfinished: () => number;
  /** While true every write fails. */
  failing: boolean;
  stop(): Promise<void>;
}

export async function startTestS3(): Promise<TestS3> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  /** The key of each upload in parts. */
  const begun = new Map<string, string>();
  const store: { failing: boolean } = { failing: false };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname);
    const body = await readBody(request);
    const say = (status: number, xml = '', headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/xml', ...headers });
      response.end(xml);
    };
    if (!(request.headers.authorization ?? '').startsWith('AWS4-HMAC-SHA256 Credential=test-key/')) {
      return say(403, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
    }
    const uploadId = url.searchParams.get('uploadId') ?? '';
    const etag = (content: Buffer): string => `"${createHash('md5').update(content).digest('hex')}"`;
    if (store.failing && request.method !== 'GET' && request.method !== 'DELETE') {
      return say(400, '<Error><Code>AccountProblem</Code><Message>no</Message></Error>');
    }
    if (request.method === 'POST' && url.searchParams.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, new Map());
      begun.set(id, key);
      return say(200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (request.method === 'PUT' && uploadId !== '') {
      uploads.get(uploadId)?.set(Number(url.searchParams.get('partNumber')), body);
      return say(200, '', { etag: etag(body) });
    }
    if (request.method === 'POST' && uploadId !== '') {
      const parts = [...(uploads.get(uploadId) ?? [])].toSorted(([one], [other]) => one - other);
      uploads.delete(uploadId);
      objects.set(key, Buffer.concat(parts.map(([, part]) => part)));
      return say(200, '<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>');
    }
    if (request.method === 'DELETE') {
      if (uploadId === '') objects.delete(key);
      else uploads.delete(uploadId);
      return say(204);
    }
    if (request.method === 'PUT') {
      objects.set(key, body);
      return say(200, '', { etag: etag(body) });
    }
    if (url.searchParams.has('uploads')) {
      const wanted = url.searchParams.get('prefix') ?? '';
      const found = [...begun].filter(([id, of]) => uploads.has(id) && of.endsWith(`/${wanted}`));
      const xml = found.map(([id, of]) => `<Upload><Key>${of}</Key><UploadId>${id}</UploadId></Upload>`).join('');
      return say(200, `<ListMultipartUploadsResult>${xml}</ListMultipartUploadsResult>`);
    }
    const object = objects.get(key);
    if (object === undefined) return say(404, '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>');
    response.writeHead(200, { 'content-length': String(object.length) });
    response.end(object);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `http://test-key:test-secret@127.0.0.1:${port}/bucket/files?region=eu-west-2`,
    objects,
    unfinished: () => uploads.size,
    get failing() {
      return store.failing;
    },
    set failing(value) {
      store.failing = value;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  // Signed in chunks: `length;chunk-signature=…` before each, and nought at the end.
  if (!(request.headers['content-encoding'] ?? '').includes('aws-chunked')) return body;
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!length) break;
    pieces.push(body.subarray(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
  return Buffer.concat(pieces);
}
