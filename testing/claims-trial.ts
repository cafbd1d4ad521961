import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createKeyring, openDatabase, openFile, createFileStore, readSettings } from '#platform';
import { ensureEncryptionKeys, findRunningPostgres } from '../src/platform/embedded-postgres/index.ts';
import { claimTogether, requestsOfAClaim, type SentClaim } from './claimants.ts';
import { killWhile, type Trial } from './durability.ts';
import type { Place, RunningProgram } from './running-program.ts';

/**
 * Kills while people upload files, save what they have begun and come back to it, and then compares what they were told with
 * what is kept: every answer and file once, whole; one e-mail for one save; and nothing stored that is not somebody's, or
 * waiting to be removed.
 *
 * @param program the running program; another one is running at the end, and is returned.
 */
export async function killWhilePeopleClaim(
  t: TestContext,
  place: Place,
  program: RunningProgram,
  { applications, kills, victim }: Trial,
): Promise<RunningProgram> {
  const [first] = await place.ask<{ last: string | null }>(
    'select max(id::text) as last from forms.submissions where service_id = (select id from organisations.services where slug = $1)',
    ['vehicle-damage'],
  );
  const before = first?.last ?? '';
  const prefix = `${victim}-`;
  let claims: SentClaim[] = [];
  const seen = await killWhile(
    t,
    place,
    program,
    { kills, victim },
    {
      requests: applications * requestsOfAClaim,
      begin: async (crowd) => {
        claims = await claimTogether(crowd, place.address, { claims: applications, atOnce: 4, prefix }, (email) =>
          linkFor(place, email),
        );
      },
    },
  );
  assert.equal(claims.length, applications);
  const submissions = (await listClaims(place)).filter(({ id }) => id > before);
  assert.deepEqual(
    submissions.map(({ reference }) => reference).toSorted(),
    claims.map(({ reference }) => reference).toSorted(),
    'what is kept is what people were told, no more and no less',
  );
  for (const claim of claims) {
    const kept = submissions.find(({ reference }) => reference === claim.reference);
    assert.ok(kept);
    assert.deepEqual(kept.names, [...claim.files.keys()], 'every file is there once, in the order in which it came');
    assert.deepEqual(await linksTo(place, claim.email), [claim.link], 'one save sent one link');
  }
  await checkContents(place, claims);
  const waste = await checkNothingIsLeft(place);
  t.diagnostic(
    `${seen.account}; ${applications} claims with ${applications * 3} files, none lost, none doubled; ${waste} files that were never confirmed are gone`,
  );
  return seen.program;
}

interface KeptClaim {
  id: string;
  reference: string;
  /** Of its files, as the submission names them. */
  names: string[];
}

async function listClaims(place: Place): Promise<KeptClaim[]> {
  const rows = await place.ask<{ organisation_id: string; id: string; reference: string; sealed: Buffer }>(
    `select s.organisation_id, s.id, s.reference, s.sealed from forms.submissions s
       join organisations.services v on v.id = s.service_id and v.slug = 'vehicle-damage'`,
  );
  return rows.map(({ organisation_id: organisationId, id, reference, sealed }) => {
    const text = keyringOf(place).open(`forms.submissions.sealed/${organisationId}/${id}`, sealed).toString();
    const { questions }: { questions: { key: string; lines: string[] }[] } = JSON.parse(text);
    const names = questions.filter(({ key }) => key === 'photos' || key === 'bills').flatMap(({ lines }) => lines);
    return { id, reference, names };
  });
}

/** Every file of every claim can be opened once it is scanned, and holds what was sent. */
async function checkContents(place: Place, claims: readonly SentClaim[]): Promise<void> {
  const running = findRunningPostgres(place.folder);
  assert.ok(running);
  const database = openDatabase({
    url: running.databaseUrl,
    connections: 2,
    onIdleError: () => {},
    onMandateUsed: () => Promise.resolve(),
  });
  try {
    const settings = readSettings({ DATA_FOLDER: place.folder, FILE_SCANNER: 'development' });
    const store = createFileStore(settings, { database, keyring: keyringOf(place) });
    for (const claim of claims) {
      const files = await untilScanned(place, claim.reference);
      const contents: Buffer[] = [];
      for (const { organisation_id: organisationId, id } of files) {
        const scope = { organisationId, actor: { kind: 'system', name: 'test' } } as const;
        const { content } = await database.transact(scope, (tx) => openFile(tx, store, id));
        const chunks: Buffer[] = [];
        for await (const chunk of await content()) chunks.push(chunk);
        contents.push(Buffer.concat(chunks));
      }
      const hexes = (buffers: Iterable<Buffer>): string[] =>
        [...buffers].map((each) => each.toString('hex')).toSorted();
      assert.deepEqual(hexes(contents), hexes(claim.files.values()), 'the files of a claim are whole');
    }
  } finally {
    await database.close();
  }
}

async function untilScanned(place: Place, reference: string): Promise<{ organisation_id: string; id: string }[]> {
  const end = performance.now() + 30_000;
  for (;;) {
    const files = await place.ask<{ organisation_id: string; id: string; state: string }>(
      `select f.organisation_id, f.id, f.state from platform.files f
         join forms.submissions s on s.organisation_id = f.organisation_id and s.id = f.owner_id
        where s.reference = $1 and f.owner_kind = 'forms.submission'`,
      [reference],
    );
    if (files.every(({ state }) => state === 'clean')) return files;
    assert.ok(performance.now() < end, `files of ${reference} are not scanned after 30 seconds`);
    await pause(100);
  }
}

/**
 * Whatever lies in the storage is known of. What was received and never confirmed has a job that removes it after a day: the
 * day is made to have passed, and then only files of claims are left. Says how many were removed.
 */
async function checkNothingIsLeft(place: Place): Promise<number> {
  const known = await place.ask<{ id: string; state: string; jobs: number }>(
    `select f.id, f.state, (select count(*)::int from graphile_worker._private_jobs j
                             where j.key = 'platform.settle-file/' || f.id and j.attempts < j.max_attempts) as jobs
       from platform.files f where f.owner_id is null or f.owner_kind = 'forms.application' or f.state = 'forgotten'`,
  );
  const lost = known.filter(({ jobs }) => jobs === 0);
  assert.deepEqual(lost, [], 'what belongs to no submission has a job that looks at it');
  await place.ask(`update platform.files set received_at = received_at - interval '25 hours' where state = 'arriving'`);
  await place.ask(
    `update graphile_worker._private_jobs set run_at = now()
      where key in (select 'platform.settle-file/' || id from platform.files where state in ('arriving', 'forgotten'))`,
  );
  const end = performance.now() + 30_000;
  for (;;) {
    const kept = await place.ask<{ id: string }>(`select id from platform.files`);
    const owned = await place.ask<{ id: string }>(
      `select id from platform.files where owner_kind = 'forms.submission'`,
    );
    const stored = listStored(place);
    if (kept.length === owned.length && stored.length === owned.length) {
      assert.deepEqual(stored.toSorted(), owned.map(({ id }) => id).toSorted());
      return known.length;
    }
    assert.ok(
      performance.now() < end,
      `${kept.length} rows and ${stored.length} stored files are there for ${owned.length} files of claims`,
    );
    await pause(200);
  }
}

/** Names of everything in the folder of uploads. */
function listStored(place: Place): string[] {
  return readdirSync(join(place.folder, 'uploads'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

/** The link that was sent to an address, once it is there. */
async function linkFor(place: Place, email: string): Promise<string> {
  const end = performance.now() + 30_000;
  for (;;) {
    // While the database is being killed and started nobody can ask it.
    const [link] = await linksTo(place, email).catch(() => []);
    if (link !== undefined) return link;
    if (performance.now() > end) throw new Error('No link came in 30 seconds.');
    await pause(50);
  }
}

async function linksTo(place: Place, email: string): Promise<string[]> {
  const keyring = keyringOf(place);
  const rows = await place.ask<{ organisation_id: string; id: string; sealed_content: Buffer }>(
    `select organisation_id, id, sealed_content from notify.messages
      where template = 'application saved' and recipient_fingerprint = $1 order by id`,
    [keyring.fingerprint('email', email)],
  );
  return rows.map(({ organisation_id: organisationId, id, sealed_content: sealed }) => {
    const text = keyring.open(`notify.messages.sealed_content/${organisationId}/${id}`, sealed).toString();
    return /(\/services\/[\w-]+\/return\/[\w-]+)/.exec(text)?.[1] ?? '';
  });
}

function keyringOf(place: Place) {
  return createKeyring(ensureEncryptionKeys(place.folder));
}
