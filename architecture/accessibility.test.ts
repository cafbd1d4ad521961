import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { openBrowser, violations } from '../testing/browser.ts';
import { NotifyClient } from 'notifications-node-client';
import {
  findOrAddDepartment,
  findOrAddSupplier,
  getSystem,
  saveContract,
  saveSystem,
  serveService,
  shareContract,
  suggestNeeds,
} from '#estate';
import { makePreview } from '#forms';
import { enterCost, importHistoryFile, recordTransition } from '#measures';
import { changeSendingSettings } from '#notify';
import { createApiKey } from '#organisations';
import { archiveVisitDraft } from '../demo/forms/archive-visit-draft.ts';
import { adoptTestPlan } from '../testing/plans.ts';
import { startTestProgram, type Browser } from '../testing/program.ts';

// Every page of the program, in a browser. The list comes from the routes, so that a new page cannot be forgotten.

/** GET routes that answer with something else than a page, each with what it is. */
const notPages: Readonly<Record<string, string>> = {
  '/assets/:hash/:name': 'styles and scripts',
  '/download/:key/file': 'a file that was sent by email as a link',
  '/data/:file': 'open data',
  '/data/catalog.jsonld': 'open data',
  '/data/histories/:file': 'open data',
  '/favicon.ico': 'a picture',
  '/staff/estate/exports/:table/csv': 'a file to keep',
  '/staff/estate/exports/ocds': 'a file to keep',
  '/staff/organisations/:organisationId/estate/exports/:table/csv': 'a file to keep',
  '/staff/organisations/:organisationId/estate/exports/ocds': 'a file to keep',
  '/health/live': 'JSON for a load balancer',
  '/health/ready': 'JSON for a load balancer',
  '/metrics': 'text for a collector of metrics',
  '/services/:service/language/:language': 'leads back to the page that it was on',
  '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/files/:fileId': 'a file to keep',
  '/plan/calendar/:token': 'a calendar for programs',
  '/staff/plan/plans/:number/moves.csv': 'a file to keep',
  '/staff/plan/plans/:number/to-do.csv': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/form/draft/export': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/form/funnel.csv': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/form/submissions': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/form/versions/:number': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/messages/:messageId/letter.pdf':
    'a letter as it is printed',
  '/staff/organisations/:organisationId/services/:serviceId/messages/templates/:templateId/versions/:version/letter.pdf':
    'a letter as it will be printed',
  '/staff/organisations/:organisationId/services/:serviceId/messages/batches/:batchId/errors.csv': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/messages/numbers.csv': 'a file to keep',
  '/staff/organisations/:organisationId/services/:serviceId/messages/templates/:templateId/example.csv':
    'a file to begin with',
};

/** Who visits a page: the first who may, and the last, who is often shown more of it. */
const visitors: readonly (readonly [role: string, name: string])[] = [
  // Under a mandate, which each page says.
  ['caseworker', 'Tobin Marsh'],
  ['service manager', 'Agnes Tull'],
  ['digital leader', 'Agnes Tull'],
  ['auditor', 'Iven Sorrel'],
  ['chief technology officer', 'Nadia Roth'],
  ['platform operator', 'Oriel Tandy'],
];

const answers: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  'archive-visit': {
    day: dateFields('day', 20),
    time: { time: 'morning' },
    visitors: { visitors: '2' },
    records: { records: 'The harbour books of 1881' },
    needs: { needs: 'magnifier' },
    name: { fullName: 'Jonas Weil' },
    contact: { email: 'jonas.weil@example.org', phone: '020 7946 0123' },
  },
  'fishing-licence': {
    'kind-of-fish': { kindOfFish: 'salmon' },
    'length-of-licence': { lengthOfLicence: 'week' },
    'first-day': dateFields('firstDay', 7),
    name: { fullName: 'Efua Mensah' },
    'date-of-birth': dateFields('dateOfBirth', -15_000),
    'blue-badge': { hasBadge: 'true' },
    'badge-number': { badgeNumber: '4KPQ7R' },
    address: {
      'address-addressLine1': '12 Harbour Road',
      'address-town': 'Port Ansa',
      'address-postcode': 'SW1A 1AA',
    },
    'email-address': { email: 'efua.mensah@example.org' },
    'phone-number': { phone: '' },
  },
  'report-a-road-fault': {
    fault: { fault: 'hole' },
    'size-of-hole': { depth: '12' },
    place: { place: 'Mill Lane, outside the bakery' },
    danger: { danger: 'true' },
    noticed: dateFields('noticed', -3),
    'email-address': { email: '' },
  },
};

const program = await startTestProgram();
const { server } = program;
const [browser, address] = await Promise.all([openBrowser(), server.listen({ host: '127.0.0.1', port: 0 })]);
after(() => browser.close());

const archive = await serviceAt('archive-visit');
const caseworker = await program.signIn('Tobin Marsh');
const drafts = new Map<string, Browser>();
for (const slug of Object.keys(answers)) drafts.set(slug, await fillIn(slug));
const sent = await send('archive-visit');
await send('archive-visit');
await send('archive-visit');
const [open, approved, refused] = await casesOfArchive();
await decide(approved, 'approved', '');
await decide(refused, 'refused', 'The reading room is closed on that day.');
await caseworker.post(`${archive.address}/cases/${refused}/notes`, {
  note: crypto.randomUUID(),
  text: 'Phoned.\n\nNobody answered.',
});
const messages = (
  await program.ask<{ id: string }>("select id from notify.messages where template like '%received%' order by id")
).map((message) => message.id);
await program.ask("update notify.messages set status = 'kept', tried_at = now(), attempts = 1 where id = $1", [
  messages[0],
]);
await program.ask(
  "update notify.messages set status = 'technical-failure', tried_at = now(), failed_at = now(), attempts = 9, failure = 'The mail server refused the address.' where id = $1",
  [messages[1]],
);
await program.ask(
  `insert into organisations.services (organisation_id, id, slug, name, summary, phase, audience, contact, retention_days, closes_on)
   values ($1, gen_random_uuid(), 'closed', 'Ask for an old map', 'Maps.', 'live', 'public', 'x@example.org', 30, '2020-01-31')`,
  [archive.organisationId],
);

// A webhook that has been told of something, and a team that gets e-mails.
const archiveManager = await program.signIn('Agnes Tull');
const webhook = { kind: 'webhook', url: 'https://archive.example.org/hook' };
await archiveManager.post(`${archive.address}/form/new-output`, webhook);
await archiveManager.post(`${archive.address}/form/new-output`, { kind: 'email', email: 'visits@example.org' });
const [output] = await program.ask<{ id: string; endpoint_id: string }>(
  'select id, endpoint_id from forms.outputs where endpoint_id is not null',
);
assert.ok(output);
const delivery = await program.whole.database.transact(
  { organisationId: archive.organisationId, actor: { kind: 'system', name: 'test' } },
  (tx) =>
    program.whole.webhooks.deliveries.send(tx, {
      endpointId: output.endpoint_id,
      type: 'submission.created',
      payload: {},
    }),
);

const preview = await program.whole.database.transact(
  { organisationId: archive.organisationId, actor: { kind: 'system', name: 'test' } },
  (tx) => makePreview(tx, archive.id, 1),
);

const saver = await fillIn('archive-visit');
await saver.post('/services/archive-visit/save', {
  email: 'wren.tallow@example.org',
  question: 'place',
  answer: 'The mill',
});
const [saved] = await program.ask<{ organisation_id: string; id: string; sealed_content: Buffer }>(
  "select organisation_id, id, sealed_content from notify.messages where template = 'application saved'",
);
assert.ok(saved);
const savedLink =
  /\/services\/archive-visit\/return\/[\w-]+/.exec(
    program.keyring
      .open(`notify.messages.sealed_content/${saved.organisation_id}/${saved.id}`, saved.sealed_content)
      .toString(),
  )?.[0] ?? '';

const { link: filledIn }: { link: string } = (
  await server.inject({
    method: 'POST',
    url: '/api/prefilled-forms',
    headers: { authorization: `Bearer ${await program.tokenFor('archive-visit')}` },
    payload: { answers: { fullName: 'Jonas Weil' } },
  })
).json();

/** Somebody whose form has a task list, and who has come to it. */
const boater = program.browser();
await boater.get('/services/boat-registration');
await boater.post('/services/boat-registration/start');
await boater.post('/services/boat-registration/apply/kept-here', { keptHere: 'true' });
await boater.post('/services/boat-registration/apply/name-of-boat', { boatName: 'Heron' });

const manager = await program.signIn('Agnes Tull');
const letters = `${archive.address}/messages`;
await manager.post(`${letters}/templates`, {
  type: 'email',
  name: 'Visit moved',
  subject: 'Your visit on ((day))',
  body: '# Dear ((name))\n\nYour visit has moved to ((day)).\n\n* bring this email\n* bring a pencil',
});
await manager.post(`${letters}/sending/senders`, { channel: 'email', value: 'reading.room@archive.example' });
await manager.post(`${letters}/sending/guests`, { recipient: '07700 900123' });
const [template] = await program.ask<{ id: string }>(
  'select id from notify.templates where service_id = $1 order by id desc limit 1',
  [archive.id],
);
assert.ok(template);
const rows = 'email address,name,day\nada@example.com,Ada,Monday\nno address,Bo,Monday\n';
const batches: string[] = [];
for (const name of ['august.csv', 'september.csv']) {
  const { location } = await manager.upload(`${letters}/batches`, { template: template.id }, [
    { field: 'file', name, content: rows },
  ]);
  batches.push(location?.split('/').at(-1) ?? '');
}
await manager.post(`${letters}/batches/${batches[1]}/sending`, { when: 'now' });

// A table that waits for its columns to be named, and one that was taken but for a row.
const keeper = await program.signIn('Oriel Tandy');
const imported: string[] = [];
for (const name of ['spring.csv', 'summer.csv']) {
  const { location } = await keeper.upload('/staff/estate/imports', { kind: 'estate.systems' }, [
    { field: 'file', name, content: 'System,Department,Users\nTides,Harbours,12\nLamps,Harbours,-1\n' },
  ]);
  imported.push(location?.split('/').at(-1) ?? '');
}
const [, mended = ''] = imported;
await keeper.post(`/staff/estate/imports/${mended}/begin`, {
  'heading-row': '1',
  'column-0': 'name',
  'column-1': 'department',
  'column-2': 'users',
});
const [government] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
await program.whole.imports.run(
  { organisationId: government?.organisation_id ?? '', actor: { kind: 'system', name: 'test' } },
  mended,
);
const scopeOfArchive = {
  organisationId: archive.organisationId,
  actor: { kind: 'system', name: 'test' },
} as const;
const apiKey = await program.whole.database.transact(scopeOfArchive, async (tx) => {
  await changeSendingSettings(tx, archive.id, { filesContact: 'reading.room@archive.example' });
  return createApiKey(tx, program.keyring, { serviceId: archive.id, name: 'files', kind: 'live', createdBy: 'test' });
});
const client = new NotifyClient(`${address}/notify`, apiKey);
const withFile = await client.sendEmail(template.id, 'ada@example.com', {
  personalisation: { name: client.prepareUpload('a,b\n', { filename: 'a.csv' }), day: 'Monday' },
});
const download = /\/download\/([\w-]+)/.exec(withFile.data.content.body)?.[1] ?? '';

// A cost, a transition, and the published history of another government.
const rootScope = {
  organisationId: government?.organisation_id ?? '',
  actor: { kind: 'system', name: 'test' },
} as const;
const costId = await program.whole.database.transact(
  { organisationId: archive.organisationId, actor: { kind: 'system', name: 'test' } },
  (tx) =>
    enterCost(tx, archive.id, {
      kind: 'staff',
      channel: null,
      shares: null,
      from: '2026-01-01',
      to: '2026-12-31',
      amount: 1_200_000,
      currency: 'GBP',
      quality: 'measured',
      evidence: 'The ledger of the department.',
    }),
);
const historyFolder = await mkdtemp(join(tmpdir(), 'commonhold-history-'));
const historyFile = join(historyFolder, 'history.csv');
await writeFile(historyFile, 'Department,Name of service,2016-Q3 Vol.\nRoads,Report a fault,"1,200"\n');
await importHistoryFile(program.whole.database, rootScope, historyFile, {
  title: 'Elsewhere',
  publisher: 'A cabinet office',
  licence: 'OGL',
  source: 'https://example.gov',
  currency: 'GBP',
  fileName: 'history.csv',
});
await rm(historyFolder, { recursive: true });

/** What stands in the addresses of pages, by the name in the route. */
const estate = await program.whole.database.transact(
  { organisationId: government?.organisation_id ?? '', actor: { kind: 'system', name: 'test' } },
  async (tx) => {
    const source = { kind: 'person', name: 'test', statedOn: '2026-01-01' } as const;
    const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Records' });
    const { id: supplierId } = await findOrAddSupplier(tx, { name: 'Vellum Records' });
    const { id: system } = await saveSystem(
      tx,
      {
        departmentId,
        name: 'Reading room register',
        area: 'mission IT',
        users: 40,
        parts: [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: 1_200_000 } }],
      },
      source,
    );
    await saveSystem(tx, { departmentId, name: 'Payroll bureau' }, source);
    const { id: contract } = await saveContract(
      tx,
      {
        departmentId,
        supplierId,
        title: 'Hosting of the register',
        kind: 'hosting',
        yearlyCost: 1_200_000,
        startsOn: '2025-01-01',
        endsOn: '2029-12-31',
        notice: { count: 3, unit: 'months' },
        renewalMonths: 12,
      },
      source,
    );
    for (const { id: partId, kind } of (await getSystem(tx, system)).parts) {
      if (kind === 'hosting') await shareContract(tx, { contractId: contract, partId, shareBasisPoints: 10_000 });
    }
    await serveService(tx, {
      systemId: system,
      serviceId: archive.id,
      serviceOrganisationId: archive.organisationId,
      shareBasisPoints: 6000,
      since: '2026-01-01',
      source: 'test',
    });
    await suggestNeeds(tx);
    return { system, contract, supplier: supplierId };
  },
);
// A plan, with a move of it under way, of which the ledger of savings knows too.
const { runId, transitionId } = await adoptTestPlan(program.whole.database, rootScope);
await program.whole.database.transact(rootScope, (tx) =>
  recordTransition(tx, {
    transitionId,
    name: 'Visits move to the common forms',
    departmentId: archive.organisationId,
    serviceId: archive.id,
    carriedOutOn: null,
  }),
);
const [commonHosting] = await program.ask<{ id: string }>(
  `select id from estate.targets where need_key = 'application-hosting'`,
);
const estateValues = {
  targetId: [commonHosting?.id ?? ''],
  servedId: [archive.id],
  systemId: [estate.system],
  contractId: [estate.contract],
  supplierId: [estate.supplier],
  kind: ['hosting'],
  needKey: ['application-hosting'],
  packKey: ['united-kingdom-2014'],
};

const operator = await program.signIn('Oriel Tandy');
await operator.post('/staff/operations/providers', {
  kind: 'folder',
  name: 'Printer',
  priority: '1',
  folder: '/letters',
});
const [printer] = await program.ask<{ id: string }>(`select id from notify.providers where name = 'Printer'`);

const values: Readonly<Record<string, readonly string[]>> = {
  organisationId: [archive.organisationId],
  serviceId: [archive.id],
  caseId: [open, approved, refused],
  messageId: messages.slice(0, 2),
  providerId: [printer?.id ?? ''],
  token: ['1'.repeat(43)],
  service: Object.keys(answers),
  number: ['1'],
  key: [download],
  templateId: [template.id],
  batchId: batches,
  version: ['1'],
  importId: imported,
  rowNumber: ['3'],
  ...estateValues,
  ...thingsOf(archiveVisitDraft.definition),
  outputId: [output.id],
  deliveryId: [delivery?.deliveryId ?? ''],
  costId: [costId],
  transitionId: [transitionId],
  runId: [runId],
  item: ['1'],
  department: ['department-of-records'],
  history: ['elsewhere'],
};

/** The same where the name means something else. */
const valuesOfHistories: typeof values = { ...values, department: ['roads'], service: ['roads-report-a-fault'] };

/** One of each thing of the draft that the designer has a page for. */
function thingsOf(draft: typeof archiveVisitDraft.definition): Record<string, string[]> {
  const things: Record<string, string[]> = {
    pageId: [draft.pages.find((page) => page.path === '/time')?.id ?? ''],
    componentId: [draft.pages.find((page) => page.path === '/time')?.components[0]?.id ?? ''],
    conditionId: [...JSON.stringify(draft.conditions).matchAll(/"id":"([^"]+)"/g)].slice(0, 1).map(([, id = '']) => id),
    sectionId: [...JSON.stringify(draft.sections).matchAll(/"id":"([^"]+)"/g)].slice(0, 1).map(([, id = '']) => id),
    listId: [String(draft.lists[0]?.id)],
    itemId: [String(draft.lists[0]?.items[0]?.id)],
    language: ['cy'],
    groupId: ['form'],
  };
  return things;
}

interface Visit {
  readonly route: string;
  readonly path: string;
  readonly as: string;
  readonly browser: Browser;
  /** The status that the page should have; 200 unless it is a page that says no. */
  readonly status: number;
  /** Whether somebody else has looked at the same page on a desk's screen. */
  readonly again?: boolean;
}

const desk = { width: 1280, height: 900 };
const phone = { width: 375, height: 720 };

test('every page is accessible, fits a phone, and makes the browser complain of nothing', async (t) => {
  const visits = await planVisits();
  const complaints: string[] = [];
  let seen = 0;
  const queue = [...visits];
  // Two tabs at once: while one waits for its page the other is examined.
  await Promise.all(
    [1, 2].map(async () => {
      for (let visit = queue.shift(); visit !== undefined; visit = queue.shift()) {
        const pages = await makeVisit(visit, complaints);
        seen += pages;
      }
    }),
  );
  assert.deepEqual(complaints, []);
  t.diagnostic(
    `${visits.length} visits of ${new Set(visits.map(({ route }) => route)).size} routes, ${seen} pages seen`,
  );
});

test('a planted page with mistakes is complained of', async () => {
  const page = await browser.newPage();
  await page.setContent(
    '<html lang="en"><body><main><h1>One</h1><h1>Two</h1><img src="data:,"><div style="width:500px">Wide</div></main>',
  );
  const complaints: string[] = [];
  await examine(page, 'planted', [phone], complaints);
  await page.close();
  for (const expected of [/image-alt/, /pixels in a window of 375/, /2 headings of the first level/, /no title/]) {
    assert.ok(
      complaints.some((complaint) => expected.test(complaint)),
      `${String(expected)} is not among: ${complaints.join('\n')}`,
    );
  }
});

test('what is no page is on the list, and nothing else is', () => {
  const routes = server.statedRoutes.filter((route) => route.method === 'GET').map((route) => route.url);
  assert.deepEqual(
    Object.keys(notPages).filter((url) => !routes.includes(url)),
    [],
  );
});

/** Every GET route with everything that can stand in its address, as whoever may see it. */
async function planVisits(): Promise<Visit[]> {
  const unknown = server.statedRoutes
    .filter(({ method, url, access }) => method === 'GET' && !(url in notPages) && access.who !== 'key')
    .flatMap(({ url }) => [...url.matchAll(/:([a-zA-Z]+)/g)].map(([, name = '']) => ({ url, name })))
    .filter(
      ({ url, name }) =>
        name !== 'preview' &&
        !(url.startsWith('/services/') && url.includes(':service')) &&
        (values[name] ?? []).length === 0,
    );
  assert.deepEqual(
    unknown,
    [],
    'say in this test what can stand for these, or put the route on a list with its reason',
  );
  const signedIn = new Map<string, Browser>();
  for (const [, name] of visitors) if (!signedIn.has(name)) signedIn.set(name, await program.signIn(name));
  const nobody = program.browser();
  const as = (name: string): { as: string; browser: Browser } => ({ as: name, browser: signedIn.get(name) ?? nobody });

  const visits: Visit[] = [];
  for (const { method, url, access } of server.statedRoutes) {
    // What a key opens is called by programs.
    if (method !== 'GET' || url in notPages || access.who === 'key') continue;
    if (access.who === 'holder' && url.startsWith('/services/')) {
      if (url.includes(':preview')) {
        const path = url.replace(':service', 'archive-visit').replace(':preview', preview);
        visits.push({ route: url, path, as: 'who has the link', browser: program.browser(), status: 200 });
        continue;
      }
      if (url.endsWith('/confirmation')) {
        const path = url.replace(':service', 'archive-visit');
        visits.push({ route: url, path, as: 'the applicant', browser: sent, status: 200 });
        continue;
      }
      if (url.endsWith('/tasks')) {
        const path = url.replace(':service', 'boat-registration');
        visits.push({ route: url, path, as: 'an applicant', browser: boater, status: 200 });
        continue;
      }
      for (const [slug, draft] of drafts) {
        for (const page of url.includes('*') ? Object.keys(answers[slug] ?? {}) : ['']) {
          const path = url.replace(':service', slug).replace('*', page);
          visits.push({ route: url, path, as: 'an applicant', browser: draft, status: 200 });
        }
      }
      continue;
    }
    if (url.endsWith('/filled-in/:link')) {
      const path = new URL(filledIn).pathname;
      visits.push({ route: url, path, as: 'who has the link', browser: program.browser(), status: 200 });
      continue;
    }
    if (url.endsWith('/return/:link')) {
      visits.push({ route: url, path: savedLink, as: 'who has the link', browser: program.browser(), status: 200 });
      continue;
    }
    const may = visitors.filter(
      ([role, name]) =>
        access.who === 'signed-in' ||
        (access.who === 'staff' &&
          access.roles.includes(role) &&
          // Those who work for a department have no page of the whole government.
          (access.over !== 'government' || !['Tobin Marsh', 'Agnes Tull'].includes(name))),
    );
    const names = new Set([may[0], may.at(-1)].flatMap((visitor) => (visitor === undefined ? [] : [visitor[1]])));
    if (access.who === 'anyone' || access.who === 'holder') names.add('nobody');
    assert.ok(names.size > 0, `nobody of the demonstration may see ${url}`);
    for (const [index, name] of [...names].entries()) {
      for (const path of pathsOf(url)) {
        // A decided case is not decided again: the page leads back to it.
        if (url.endsWith('/decision') && !path.includes(open)) continue;
        if (url.includes(':rowNumber') && !path.includes(mended)) continue;
        // The same pages as those of the estate's imports, which are looked at.
        if (url.includes('/measures/imports/:importId')) continue;
        // Asks for a system in its query, and is reached from the page of one.
        if (url.endsWith('/contracts/new')) continue;
        visits.push({ route: url, path, ...as(name), status: 200, again: index > 0 });
      }
    }
  }
  const no = { as: 'nobody', browser: nobody };
  return [
    ...visits,
    { route: 'not found', path: '/nowhere', ...no, status: 404 },
    { route: 'closed', path: '/services/closed', ...no, status: 410 },
    { route: 'link that has ended', path: `/services/archive-visit/return/${'1'.repeat(43)}`, ...no, status: 410 },
    { route: 'start again', path: '/services/archive-visit/check-your-answers', ...no, status: 410 },
    { route: 'not permitted', path: '/staff/operations/jobs', ...as('Agnes Tull'), status: 403 },
  ];
}

function pathsOf(url: string): string[] {
  let paths = [url];
  for (const [, name = ''] of url.matchAll(/:([a-zA-Z]+)/g)) {
    const given = (url.startsWith('/performance/histories/') ? valuesOfHistories : values)[name] ?? [];
    assert.ok(given.length > 0, `${url}: say in this test what can stand for :${name}`);
    paths = paths.flatMap((path) => given.map((value) => path.replace(`:${name}`, value)));
  }
  return paths;
}

/** Looks at a page, and then at what it says when each of its forms is sent empty. @returns how many pages it saw. */
async function makeVisit(visit: Visit, complaints: string[]): Promise<number> {
  const context = await contextOf(visit.browser);
  const page = await context.newPage();
  const where = `${visit.path} as ${visit.as}`;
  let current = where;
  page.on('console', (message) => {
    // The console also tells of the status of an answer that says no.
    const isStatus = /the server responded with a status of (400|403|404|410|422)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isStatus) complaints.push(`${current}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${current}: ${String(error)}`));
  try {
    const answer = await page.goto(address + visit.path);
    if (answer?.status() !== visit.status || new URL(page.url()).pathname !== visit.path) {
      complaints.push(`${where}: answered ${answer?.status()} at ${page.url()}`);
      return 1;
    }
    await examine(page, where, visit.again === true ? [phone] : [desk, phone], complaints);
    const forms = await page.locator(fillableForms).count();
    for (let index = 0; index < forms; index += 1) {
      current = `${where}, form ${index + 1} sent empty`;
      if (index > 0) await page.goto(address + visit.path);
      await sendEmpty(page, index, current, complaints);
    }
    return 1 + forms;
  } finally {
    await page.close();
  }
}

/** Forms that the browser leaves to the server to check, and that hold something to fill in. */
const fillableForms = 'main form[method="post"][novalidate]:has(input:not([type="hidden"]), textarea, select)';

async function sendEmpty(page: Page, index: number, where: string, complaints: string[]): Promise<void> {
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    // In the words of the page, which knows a DOM and no types.
    page.evaluate(`{
      const form = document.querySelectorAll(${JSON.stringify(fillableForms)})[${index}];
      for (const field of form.elements) {
        if (field.type === 'radio' || field.type === 'checkbox') field.checked = false;
        else if (field.tagName === 'SELECT') field.selectedIndex = 0;
        else if (field.type !== 'hidden' && field.tagName !== 'BUTTON') field.value = '';
      }
      HTMLFormElement.prototype.submit.call(form);
    }`),
  ]);
  // Nothing was required: the form went on.
  if (answer === null || answer.request().redirectedFrom() !== null) return;
  if (![400, 422].includes(answer.status())) complaints.push(`${where}: answered ${answer.status()}`);
  if (!(await page.title()).startsWith('Error: ')) {
    complaints.push(`${where}: the title does not say that there is an error`);
  }
  const links = await page.locator('.govuk-error-summary__list a').all();
  if (links.length === 0) complaints.push(`${where}: no error summary`);
  for (const link of links) {
    const target = (await link.getAttribute('href')) ?? '';
    if (!target.startsWith('#') || (await page.locator(target).count()) !== 1) {
      complaints.push(`${where}: the error leads to "${target}", which is not there`);
    }
  }
  await examine(page, where, [phone], complaints);
}

async function examine(
  page: Page,
  where: string,
  screens: readonly { width: number; height: number }[],
  complaints: string[],
): Promise<void> {
  for (const { width, height } of screens) {
    await page.setViewportSize({ width, height });
    for (const { rule, help, places } of await violations(page)) {
      complaints.push(`${where}, ${width} pixels wide: ${rule} (${help}): ${places.join('; ')}`);
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    if (Number(wide) > width) complaints.push(`${where}: ${String(wide)} pixels in a window of ${width}`);
  }
  const headings = await page.locator('h1').count();
  if (headings !== 1) complaints.push(`${where}: ${headings} headings of the first level`);
  if ((await page.title()).trim() === '') complaints.push(`${where}: no title`);
}

const contexts = new Map<Browser, Promise<BrowserContext>>();

/** The same person in a real browser. */
function contextOf(person: Browser): Promise<BrowserContext> {
  const known = contexts.get(person);
  if (known !== undefined) return known;
  const opening = (async () => {
    const context = await browser.newContext({ viewport: desk });
    await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url: address })));
    return context;
  })();
  contexts.set(person, opening);
  return opening;
}

async function serviceAt(slug: string) {
  const [row] = await program.ask<{ organisation_id: string; id: string }>(
    'select organisation_id, id from organisations.services where slug = $1',
    [slug],
  );
  assert.ok(row);
  const { organisation_id: organisationId, id } = row;
  return { organisationId, id, address: `/staff/organisations/${organisationId}/services/${id}` };
}

/** An application with every page answered, not sent. */
async function fillIn(slug: string): Promise<Browser> {
  const person = program.browser();
  await person.get(`/services/${slug}`);
  const pages = answers[slug] ?? {};
  let to = (await person.post(`/services/${slug}/start`)).location ?? '';
  for (const page of Object.keys(pages)) {
    assert.equal(to, `/services/${slug}/apply/${page}`, 'the test answers every page in its order');
    to = (await person.post(to, pages[page])).location ?? '';
  }
  assert.equal(to, `/services/${slug}/check-your-answers`);
  return person;
}

async function send(slug: string): Promise<Browser> {
  const person = await fillIn(slug);
  assert.equal((await person.post(`/services/${slug}/check-your-answers`)).location, `/services/${slug}/confirmation`);
  return person;
}

async function casesOfArchive(): Promise<[string, string, string]> {
  const [first, second, third] = await program.ask<{ id: string }>('select id from casework.cases order by id');
  assert.ok(first && second && third);
  return [first.id, second.id, third.id];
}

async function decide(caseId: string, outcome: string, reason: string): Promise<void> {
  const { status } = await caseworker.post(`${archive.address}/cases/${caseId}/decision`, { outcome, reason });
  assert.equal(status, 303);
}

function dateFields(name: string, days: number): Record<string, string> {
  const [year = '', month = '', day = ''] = new Date(Date.now() + days * 86_400_000)
    .toISOString()
    .slice(0, 10)
    .split('-');
  return { [`${name}-day`]: day, [`${name}-month`]: month, [`${name}-year`]: year };
}
