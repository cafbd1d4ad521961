import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import pg from 'pg';
import { createKeyring, newId, readSettings, resealAll, type Scope } from '#platform';
import { eicar, startTestClamd } from '../../../testing/clamd.ts';
import { createTestDatabase } from '../../../testing/database.ts';
import { startTestS3 } from '../../../testing/s3.ts';
import { settleFile } from './files.ts';
import { createS3Storage, readS3Address } from './s3-storage.ts';
import {
  createFileStore,
  createKeptFiles,
  FileRefused,
  findFileKind,
  findFileKinds,
  findFiles,
  forgetFile,
  forgetFiles,
  keepFile,
  listFiles,
  moveFiles,
  openFile,
  receiveFile,
  type FileKind,
  type FileOwner,
  type FileStore,
} from './index.ts';

const { database, ownerUrl } = await createTestDatabase();
const keys = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')] as const;
const keyring = createKeyring([keys[0]]);
const root = mkdtempSync(join(tmpdir(), 'commonhold-files-'));
const clamd = await startTestClamd();
after(async () => {
  await clamd.stop();
  rmSync(root, { recursive: true, force: true });
});

const storeWith = (env: Record<string, string>): FileStore =>
  createFileStore(readSettings({ DATA_FOLDER: root, ...env }), { database, keyring });
const store = storeWith({ FILE_SCANNER: clamd.address });
const platform = { name: 'platform', folder: '', ...createKeptFiles(store) };
const uploads = join(root, 'uploads');

const someone = (): { scope: Scope; owner: FileOwner } => ({
  scope: { organisationId: newId(), actor: { kind: 'system', name: 'test' } },
  owner: { kind: 'forms.application', id: newId() },
});
const quiet = { info: () => {}, warn: () => {} };
const settle = (scope: Scope, id: string, using: FileStore = store) => settleFile(using, scope, id, 0, quiet);

const kindsOf = (...names: readonly string[]): FileKind[] => findFileKinds(names);
const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(300_000), Buffer.from('\n%%EOF')]);

async function* inPieces(content: Buffer, length = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += length) yield await Promise.resolve(content.subarray(at, at + length));
}

async function send(
  scope: Scope,
  owner: FileOwner,
  content: Buffer,
  { name = 'a.pdf', kinds = kindsOf('pdf'), mostBytes = 1_000_000, using = store } = {},
): Promise<string> {
  const { id } = await receiveFile(using, scope, inPieces(content), { name, kinds, mostBytes });
  await database.transact(scope, (tx) => keepFile(tx, id, owner));
  return id;
}

async function read(scope: Scope, id: string, using: FileStore = store): Promise<Buffer> {
  const { content } = await database.transact(scope, (tx) => openFile(tx, using, id));
  const chunks: Buffer[] = [];
  for await (const chunk of await content()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const listStored = (): string[] =>
  readdirSync(uploads, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const refused = (reason: FileRefused['reason']) => (error: unknown) =>
  error instanceof FileRefused && error.reason === reason;

suite('a file that was sent', () => {
  test('can be opened by nobody until the scanner found it clean, and is then what was sent', async () => {
    const { scope, owner } = someone();
    const id = await send(scope, owner, pdf, { name: 'C:\\scans\\"My" passport\u202e.pdf' });
    const [waiting] = await database.transact(scope, (tx) => listFiles(tx, keyring, owner));
    assert.equal(waiting?.state, 'waiting');
    assert.equal(waiting.name, 'My passport.pdf');
    await assert.rejects(read(scope, id), /found clean/);

    assert.equal(await settle(scope, id), 'clean');
    assert.equal(clamd.scanned.at(-1), pdf.length);
    const [clean] = await database.transact(scope, (tx) => findFiles(tx, keyring, [id]));
    assert.deepEqual(
      [clean?.state, clean?.scannedBy, clean?.bytes, clean?.kind.name],
      ['clean', 'ClamAV 1.4.2/27600', pdf.length, 'pdf'],
    );
    assert.deepEqual(await read(scope, id), pdf);
  });

  test('is removed when it is infected, and only its name and what was found stay', async () => {
    const { scope, owner } = someone();
    const before = listStored().length;
    const id = await send(scope, owner, eicar, { name: 'letter.txt', kinds: kindsOf('txt') });
    assert.equal(listStored().length, before + 1);
    assert.equal(await settle(scope, id), 'infected');
    await assert.rejects(read(scope, id), /virus scanner found something/);
    assert.equal(await settle(scope, id), 'infected');
    assert.equal(listStored().length, before);
    const [file] = await database.transact(scope, (tx) => findFiles(tx, keyring, [id]));
    assert.deepEqual([file?.state, file?.name, file?.found], ['infected', 'letter.txt', 'Eicar-Test-Signature']);
  });

  test('waits while the scanner is away, and is scanned when it is back', async () => {
    const { scope, owner } = someone();
    const away = await startTestClamd();
    const port = Number(new URL(away.address).port);
    const using = storeWith({ FILE_SCANNER: away.address });
    await away.stop();
    const id = await send(scope, owner, pdf);
    assert.equal(await settle(scope, id, using), 'waiting');
    await assert.rejects(read(scope, id), /found clean/);
    assert.equal(await countJobs(id), 1, 'it is tried again');
    const back = await startTestClamd({ port });
    assert.equal(await settle(scope, id, using), 'clean');
    await back.stop();
  });

  test('is never called clean by a scanner that took only part of it', async () => {
    const { scope, owner } = someone();
    const small = await startTestClamd({ mostBytes: 1000 });
    const id = await send(scope, owner, pdf);
    assert.equal(await settle(scope, id, storeWith({ FILE_SCANNER: small.address })), 'waiting');
    await assert.rejects(read(scope, id), /found clean/);
    await small.stop();
  });

  test('is scanned over a unix socket as well', async () => {
    const { scope, owner } = someone();
    const socket = await startTestClamd({ path: join(root, 'clamd.ctl') });
    const id = await send(scope, owner, pdf);
    assert.equal(await settle(scope, id, storeWith({ FILE_SCANNER: socket.address })), 'clean');
    await socket.stop();
  });

  test('waits where no scanner is set', async () => {
    const { scope, owner } = someone();
    const id = await send(scope, owner, pdf);
    assert.equal(await settle(scope, id, storeWith({})), 'waiting');
    await assert.rejects(read(scope, id), /found clean/);
  });

  test('says so where only the development scanner let it through', async () => {
    const { scope, owner } = someone();
    const using = storeWith({ FILE_SCANNER: 'development' });
    const id = await send(scope, owner, pdf);
    assert.equal(await settle(scope, id, using), 'clean');
    const [file] = await database.transact(scope, (tx) => findFiles(tx, keyring, [id]));
    assert.equal(file?.scannedBy, 'development');
    const found = await send(scope, owner, eicar, { name: 'a.txt', kinds: kindsOf('txt') });
    assert.equal(await settle(scope, found, using), 'infected');
  });
});

suite('what is taken', () => {
  const { scope } = someone();
  const receive = (content: Buffer, name: string, kinds: readonly FileKind[], mostBytes = 1_000_000) =>
    receiveFile(store, scope, inPieces(content, 700), { name, kinds, mostBytes });

  test('is decided by the content and not by the name', async () => {
    const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
    const taken = await receive(jpeg, 'picture.pdf', kindsOf('image/*'));
    assert.equal(taken.kind.name, 'jpg');
    await assert.rejects(receive(jpeg, 'picture.pdf', kindsOf('pdf')), refused('wrong kind'));
    const program = Buffer.concat([Buffer.from('MZ'), randomBytes(100_000)]);
    await assert.rejects(receive(program, 'form.pdf', kindsOf('pdf', 'jpg')), refused('wrong kind'));
    await assert.rejects(receive(program, 'form.pdf', []), refused('wrong kind'));
  });

  test('tells documents that are archives inside from archives, wherever their parts lie', async () => {
    const part = Buffer.from(
      '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">',
    );
    const types = Buffer.concat([
      part,
      Buffer.from(
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
      ),
    ]);
    const docx = zip([
      ['word/media/photo.bin', randomBytes(200_000)],
      ['word/document.xml', Buffer.from('<w/>')],
      ['[Content_Types].xml', types],
    ]);
    assert.equal((await receive(docx, 'a.zip', kindsOf('docx'))).kind.name, 'docx');
    const archive = zip([['a.exe', randomBytes(100_000)]]);
    await assert.rejects(receive(archive, 'a.docx', kindsOf('docx')), refused('wrong kind'));
    assert.equal((await receive(archive, 'a.docx', kindsOf('zip'))).kind.name, 'zip');
  });

  test('tells the older documents of Office from each other', async () => {
    const compound = (stream: string): Buffer =>
      Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(90_000),
        Buffer.from(stream, 'utf16le'),
        Buffer.alloc(500),
      ]);
    assert.equal((await receive(compound('WordDocument'), 'a', kindsOf('doc', 'xls'))).kind.name, 'doc');
    assert.equal((await receive(compound('Workbook'), 'a', kindsOf('doc', 'xls'))).kind.name, 'xls');
    await assert.rejects(receive(compound('Anything'), 'a.doc', kindsOf('doc', 'xls')), refused('wrong kind'));
  });

  test('takes text only where all of it is text that no browser runs', async () => {
    const text = kindsOf('csv', 'txt', 'json', 'xml');
    const rows = Buffer.from('name,größe\n'.repeat(20_000));
    assert.equal((await receive(rows, 'people.csv', text)).kind.name, 'csv');
    assert.equal((await receive(rows, 'people', text)).kind.name, 'txt');
    assert.equal((await receive(Buffer.from('\ufeff{"a": 1}'), 'a.json', text)).kind.name, 'json');
    assert.equal((await receive(Buffer.from('\ufeffa', 'utf16le'), 'a.txt', text)).kind.name, 'txt');
    assert.equal((await receive(Buffer.from('<?xml version="1.0"?><a/>'), 'a.xml', text)).kind.name, 'xml');
    await assert.rejects(receive(Buffer.from('name,size'), 'a.json', text), refused('wrong kind'));
    await assert.rejects(receive(rows, 'people.csv', kindsOf('pdf')), refused('wrong kind'));
    await assert.rejects(receive(Buffer.concat([rows, Buffer.alloc(3)]), 'p.csv', text), refused('wrong kind'));
    for (const page of [
      '<!DOCTYPE html><p>',
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
      'a <script>alert(1)</script>',
    ]) {
      await assert.rejects(receive(Buffer.from(page), 'a.xml', text), refused('wrong kind'), page);
    }
  });

  test('is neither empty nor larger than allowed, and nothing of what was refused stays', async () => {
    const before = listStored().length;
    await assert.rejects(receive(Buffer.alloc(0), 'a.pdf', []), refused('empty'));
    await assert.rejects(receive(pdf, 'a.pdf', kindsOf('pdf'), pdf.length - 1), refused('too large'));
    assert.ok(await receive(pdf, 'a.pdf', kindsOf('pdf'), pdf.length));
    const small: FileStore = { ...store, mostBytes: 1000 };
    const sending = receiveFile(small, scope, inPieces(pdf), { name: 'a.pdf', kinds: [], mostBytes: 1_000_000 });
    await assert.rejects(sending, refused('too large'), 'the whole program has a limit too');
    assert.equal(listStored().length, before + 1);
  });

  test('leaves nothing behind when the sender goes away in the middle', async () => {
    const before = listStored().length;
    async function* breaking(): AsyncGenerator<Buffer> {
      yield* inPieces(pdf.subarray(0, 200_000));
      throw await Promise.resolve(new Error('the connection was lost'));
    }
    const receiving = receiveFile(store, scope, breaking(), { name: 'a.pdf', kinds: [], mostBytes: 1_000_000 });
    await assert.rejects(receiving, /connection was lost/);
    assert.equal(listStored().length, before);
  });

  test('is named by extensions, media types and families of them', () => {
    assert.deepEqual(
      kindsOf('.PDF,image/jpeg', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document').map(
        ({ name }) => name,
      ),
      ['pdf', 'jpg', 'docx'],
    );
    assert.ok(kindsOf('image/*').length >= 6);
    assert.equal(findFileKind('image/svg+xml'), undefined);
    assert.equal(findFileKind('text/html'), undefined);
  });
});

suite('what is kept', () => {
  test('holds neither the content nor the name in clear, and opens with no other key and in no other place', async () => {
    const { scope, owner } = someone();
    const secret = Buffer.from(`name,number\nAda Lovelace,QQ123456C\n`.repeat(5000));
    const before = new Set(listStored());
    const id = await send(scope, owner, secret, { name: 'lovelace.csv', kinds: kindsOf('csv') });
    await settle(scope, id);
    const [path = ''] = listStored().filter((each) => !before.has(each));
    const stored = readFileSync(path);
    assert.ok(!stored.includes('Lovelace'));
    assert.ok(stored.length < secret.length + 1000);
    assert.equal(statSync(path).mode & 0o077, 0, 'nobody else on the machine may read it');

    const stranger: FileStore = { ...store, keyring: createKeyring([keys[1]]) };
    await assert.rejects(
      database.transact(scope, (tx) => openFile(tx, stranger, id)),
      /not in ENCRYPTION_KEYS/,
    );
    const changed = Buffer.from(stored);
    changed[70_000] = (changed[70_000] ?? 0) ^ 1;
    for (const damaged of [
      changed,
      stored.subarray(0, 1 + 65_552),
      Buffer.concat([stored.subarray(0, 1), stored.subarray(1 + 65_552)]),
      Buffer.concat([stored, stored.subarray(1)]),
      Buffer.from('x'),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, damaged);
      await assert.rejects(read(scope, id), /authenticate|cut off|format/);
    }
    writeFileSync(path, stored);
    assert.deepEqual(await read(scope, id), secret);
  });

  test('stays readable through a rotation of keys, which leaves the content as it lies', async () => {
    const { scope, owner } = someone();
    const before = new Set(listStored());
    const id = await send(scope, owner, pdf);
    await settle(scope, id);
    const [path = ''] = listStored().filter((each) => !before.has(each));
    const stored = readFileSync(path);
    await resealAll(ownerUrl, createKeyring([keys[1], keys[0]]), [platform]);
    const rotated: FileStore = { ...store, keyring: createKeyring([keys[1]]) };
    assert.deepEqual(await read(scope, id, rotated), pdf);
    assert.deepEqual(readFileSync(path), stored);
    await resealAll(ownerUrl, createKeyring([keys[0], keys[1]]), [platform]);
  });

  test('is seen by no other organisation', async () => {
    const { scope, owner } = someone();
    const { scope: theirs } = someone();
    const id = await send(scope, owner, pdf);
    assert.deepEqual(await database.transact(theirs, (tx) => findFiles(tx, keyring, [id])), []);
    await database.transact(theirs, (tx) => forgetFile(tx, id));
    await assert.rejects(
      database.transact(theirs, (tx) => openFile(tx, store, id)),
      /Check that the web address/,
    );
    assert.equal(await settle(scope, id), 'clean');
  });

  test('goes when its owner does: unreadable at once, and then from the storage', async () => {
    const { scope, owner } = someone();
    const before = listStored().length;
    const first = await send(scope, owner, pdf);
    const second = await send(scope, owner, pdf);
    const heir: FileOwner = { kind: 'forms.submission', id: newId() };
    await database.transact(scope, (tx) => moveFiles(tx, [second], owner, heir));
    await settle(scope, first);
    const { content } = await database.transact(scope, (tx) => openFile(tx, store, first));
    assert.equal(await database.transact(scope, (tx) => forgetFiles(tx, owner)), 1);
    assert.deepEqual(await database.transact(scope, (tx) => listFiles(tx, keyring, owner)), []);
    await assert.rejects(read(scope, first));
    assert.equal(await settle(scope, first), 'removed');
    assert.equal(await settle(scope, first), 'nothing to do');
    await assert.rejects(content(), /does not have the content/);
    assert.equal(listStored().length, before + 1);
    assert.equal((await database.transact(scope, (tx) => listFiles(tx, keyring, heir))).length, 1);
  });

  test('goes after a day where it was received and never kept', async () => {
    const { scope, owner } = someone();
    const before = listStored().length;
    const { id } = await receiveFile(store, scope, inPieces(pdf), { name: 'a.pdf', kinds: [], mostBytes: 1_000_000 });
    assert.equal(await settle(scope, id), 'nothing to do', 'it may still be kept');
    await asOwner("update platform.files set received_at = now() - interval '25 hours' where id = $1", [id]);
    assert.equal(await settle(scope, id), 'removed');
    assert.equal(await settle(scope, id), 'removed');
    assert.equal(listStored().length, before);
    await assert.rejects(
      database.transact(scope, (tx) => keepFile(tx, id, owner)),
      /Send it again/,
    );
  });

  test('is kept once, however often that is asked', async () => {
    const { scope, owner } = someone();
    const id = await send(scope, owner, pdf);
    await database.transact(scope, (tx) => keepFile(tx, id, owner));
    assert.equal((await database.transact(scope, (tx) => listFiles(tx, keyring, owner))).length, 1);
    assert.equal(await countJobs(id), 1);
  });
});

suite('a store that speaks S3', async () => {
  const s3 = await startTestS3();
  const remote = storeWith({ FILE_STORAGE: s3.address, FILE_SCANNER: clamd.address });
  after(() => s3.stop());

  test('is left with no parts of a file whose sender, or whose program, died', async () => {
    const name = `${newId()}/${newId()}`;
    const storage = createS3Storage(readS3Address(s3.address));
    const { promise: dead, resolve: die } = Promise.withResolvers<void>();
    async function* stuck(): AsyncGenerator<Buffer> {
      yield randomBytes(6_000_000);
      await dead;
      throw new Error('the program died');
    }
    const writing = storage.write(name, stuck()).catch(() => 'died');
    while (s3.unfinished() === 0) await pause(5);
    await storage.remove(name);
    assert.equal(s3.unfinished(), 0);
    die();
    assert.equal(await writing, 'died');
  });

  test('keeps what was sent, encrypted, in one piece or in parts, and removes it', async () => {
    const { scope, owner } = someone();
    const large = Buffer.concat([pdf, randomBytes(12_000_000)]);
    for (const content of [pdf, large]) {
      const id = await send(scope, owner, content, { using: remote, mostBytes: 20_000_000 });
      assert.deepEqual([...s3.objects.keys()], [`/bucket/files/${scope.organisationId}/${id}`]);
      assert.equal(await settle(scope, id, remote), 'clean');
      assert.deepEqual(await read(scope, id, remote), content);
      await database.transact(scope, (tx) => forgetFile(tx, id));
      assert.equal(await settle(scope, id, remote), 'removed');
      assert.equal(s3.objects.size, 0);
    }
    assert.equal(s3.unfinished(), 0);
  });

  test('holds nothing of what was refused in the middle, or could not be written', async () => {
    const { scope, owner } = someone();
    const large = Buffer.concat([pdf, randomBytes(12_000_000)]);
    await assert.rejects(send(scope, owner, large, { using: remote, mostBytes: 11_000_000 }), refused('too large'));
    assert.equal(s3.unfinished(), 0);
    s3.failing = true;
    await assert.rejects(send(scope, owner, pdf, { using: remote }));
    s3.failing = false;
    assert.equal(s3.objects.size, 0);
  });

  test('leaves readable what was kept in the folder before it was set', async () => {
    const { scope, owner } = someone();
    const id = await send(scope, owner, pdf);
    await settle(scope, id, remote);
    assert.deepEqual(await read(scope, id, remote), pdf);
    const there = await send(scope, owner, pdf, { using: remote });
    await settle(scope, there, remote);
    await assert.rejects(read(scope, there, store), /set FILE_STORAGE as it was/);
  });
});

test('a file whose content was lost is not taken for an empty one', async () => {
  const { scope, owner } = someone();
  const before = new Set(listStored());
  const id = await send(scope, owner, pdf);
  await settle(scope, id);
  const [path = ''] = listStored().filter((each) => !before.has(each));
  truncateSync(path, 0);
  await assert.rejects(read(scope, id), /cut off|authenticate/);
  rmSync(path);
  await assert.rejects(read(scope, id), /does not have the content/);
});

async function asOwner<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function countJobs(fileId: string): Promise<number> {
  const rows = await asOwner(`select 1 from graphile_worker._private_jobs where payload ->> 'fileId' = $1`, [fileId]);
  return rows.length;
}

/** An archive whose entries are stored as they are. */
function zip(entries: readonly (readonly [string, Buffer])[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of entries) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), content]);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, more, Buffer.from(name)]));
    pieces.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...pieces, list, end]);
}
