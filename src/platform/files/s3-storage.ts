import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { ContentGone, type Storage } from './storage.ts';

/** Where an S3-compatible store is, and who we are there. */
export interface S3Address {
  /** Undefined for AWS itself. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Put before every name, ending in a slash: empty, or `uploads/`. */
  readonly prefix: string;
  /** Undefined where the machine's role or the usual variables of AWS name the credentials. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/**
 * Reads `https://KEY:SECRET@host/bucket/prefix?region=eu-west-2`, or `s3://bucket/prefix?region=eu-west-2` for AWS with
 * the machine's own role.
 *
 * @throws Error whose message says what is wrong and quotes nothing, since the address may hold a secret.
 */
export function readS3Address(text: string): S3Address {
  const wrong =
    'is not the address of an S3 bucket: use s3://bucket?region=eu-west-2 or https://KEY:SECRET@host/bucket.';
  if (!URL.canParse(text)) throw new Error(wrong);
  const url = new URL(text);
  const path = url.pathname.split('/').filter((step) => step !== '');
  const onAws = url.protocol === 's3:';
  const bucket = onAws ? url.hostname : path.shift();
  if (!bucket || !(onAws || url.protocol === 'https:' || url.protocol === 'http:')) throw new Error(wrong);
  const { username, password } = url;
  if ((username === '') !== (password === '')) {
    throw new Error('has a key without a secret, or a secret without a key: write both, or neither.');
  }
  return {
    endpoint: onAws ? undefined : url.origin,
    region: url.searchParams.get('region') ?? 'us-east-1',
    bucket,
    prefix: path.length === 0 ? '' : `${path.join('/')}/`,
    credentials:
      username === ''
        ? undefined
        : { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
  };
}

/** Files in a bucket. The library is loaded at the first use: most programs keep theirs in a folder. */
export function createS3Storage(address: S3Address): Storage {
  let connected: Promise<{ client: S3Client; s3: typeof import('@aws-sdk/client-s3') }> | undefined;
  const connect = (): NonNullable<typeof connected> => (connected ??= connectTo(address));
  const Bucket = address.bucket;
  const keyOf = (name: string): string => address.prefix + name;
  return {
    kind: 's3',

    async write(name, content) {
      const { client } = await connect();
      const { Upload } = await import('@aws-sdk/lib-storage');
      // In parts of 5 MiB, two at a time: what is in memory does not grow with the file.
      const upload = new Upload({
        client,
        params: { Bucket, Key: keyOf(name), Body: Readable.from(content, { objectMode: false }) },
        partSize: 5 * 1024 * 1024,
        queueSize: 2,
      });
      await upload.done();
    },

    async read(name) {
      const { client, s3 } = await connect();
      try {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: keyOf(name) }));
        if (!(Body instanceof Readable)) throw new Error('The S3 store answered without content.');
        return Body;
      } catch (error) {
        if (error instanceof s3.NoSuchKey || error instanceof s3.NotFound) throw new ContentGone(name);
        throw error;
      }
    },

    async remove(name) {
      const { client, s3 } = await connect();
      const Key = keyOf(name);
      // Parts of a process that died while it wrote: they are no object, and would be paid for until somebody looks.
      const { Uploads = [] } = await client.send(new s3.ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
      for (const { UploadId } of Uploads) {
        await client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      }
      await client.send(new s3.DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

async function connectTo(address: S3Address): Promise<{ client: S3Client; s3: typeof import('@aws-sdk/client-s3') }> {
  const s3 = await import('@aws-sdk/client-s3');
  const client = new s3.S3Client({
    region: address.region,
    maxAttempts: 3,
    // Stores other than AWS know neither a host for each bucket nor the newer checksums.
    ...(address.endpoint === undefined
      ? {}
      : {
          endpoint: address.endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    ...(address.credentials === undefined ? {} : { credentials: address.credentials }),
  });
  return { client, s3 };
}
