import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { newId, type StatedRoute } from '#platform';
import { startTestProgram, type Answer, type Browser } from '../testing/program.ts';

/**
 * Routes that are open to more than a stated role. Each states its own reason beside it; this list is here so that a new
 * one is noticed. It may only shrink, but for pages that are meant for the public.
 */
const open: readonly string[] = [
  'GET /',
  'GET /accessibility',
  'GET /assets/:hash/:name',
  'GET /cookies',
  'GET /data',
  'GET /data/:file',
  'GET /data/catalog.jsonld',
  'GET /data/dictionary',
  'GET /data/histories/:file',
  'GET /download/:key',
  'GET /download/:key/file',
  'GET /favicon.ico',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /performance',
  'GET /performance/departments/:department',
  'GET /performance/histories/:history',
  'GET /performance/histories/:history/departments/:department',
  'GET /performance/histories/:history/services',
  'GET /performance/histories/:history/services/:service',
  'GET /performance/savings',
  'GET /performance/savings/:transitionId',
  'GET /performance/services',
  'GET /performance/services/:service',
  'GET /performance/services/:service/cost',
  'GET /plan/calendar/:token',
  'GET /privacy',
  'GET /services/:service',
  'GET /services/:service/apply/*',
  'GET /services/:service/check-your-answers',
  'GET /services/:service/confirmation',
  'GET /services/:service/filled-in/:link',
  'GET /services/:service/language/:language',
  'GET /services/:service/opinion',
  'GET /services/:service/preview/:preview',
  'GET /services/:service/return',
  'GET /services/:service/return/:link',
  'GET /services/:service/save',
  'GET /services/:service/tasks',
  'GET /staff/sign-in',
  'GET /staff/sign-in/code',
  'GET /staff/sign-in/link/:token',
  'POST /download/:key',
  'POST /reports/email',
  'POST /reports/texts/:providerId',
  'POST /services/:service/apply/*',
  'POST /services/:service/check-your-answers',
  'POST /services/:service/filled-in/:link',
  'POST /services/:service/opinion',
  'POST /services/:service/preview-end',
  'POST /services/:service/preview/:preview',
  'POST /services/:service/return',
  'POST /services/:service/return/:link',
  'POST /services/:service/save',
  'POST /services/:service/start',
  'POST /staff/sign-in',
  'POST /staff/sign-in/as',
  'POST /staff/sign-in/code',
  'POST /staff/sign-in/link',
];

const program = await startTestProgram();
const { server } = program;
const ask: typeof program.ask = (text, values) => program.ask(text, values);
// HEAD is what GET answers without its body.
const routes = server.statedRoutes.filter((route) => route.method !== 'HEAD');
const staffRoutes = routes.filter((route) => route.access.who === 'staff');

const serviceAt = async (slug: string): Promise<{ organisation_id: string; id: string }> => {
  const [row] = await ask<{ organisation_id: string; id: string }>(
    'select organisation_id, id from organisations.services where slug = $1',
    [slug],
  );
  assert.ok(row);
  return row;
};
const fishing = await serviceAt('fishing-licence');
const roads = await serviceAt('report-a-road-fault');
const archive = await serviceAt('archive-visit');

// A second service in the department of the first, with people whose roles are over that one only.
const [otherService] = await ask<{ id: string }>(
  `insert into organisations.services (organisation_id, id, slug, name, summary, phase, audience, contact, retention_days)
   select organisation_id, gen_random_uuid(), 'boat-mooring', 'Moor a boat', 'Moor a boat', 'beta', 'public', 'x', 30
     from organisations.services where slug = 'fishing-licence' returning id`,
);
assert.ok(otherService);
const government = (
  await ask<{ organisation_id: string }>(
    'select organisation_id from organisations.organisations where parent_id is null',
  )
)[0]?.organisation_id;
assert.ok(government);

let people = 0;
/** A person with one role, signed in. */
async function somebody(organisationId: string, role: string, serviceId: string | null = null): Promise<Browser> {
  const name = `Somebody ${(people += 1)}`;
  await ask(
    `with person as (insert into organisations.people (organisation_id, id, name, email)
       values ($1, gen_random_uuid(), $2, $3) returning organisation_id, id)
     insert into organisations.roles (organisation_id, id, person_id, role, service_id, given_by)
     select organisation_id, gen_random_uuid(), id, $4, $5, 'test' from person`,
    [organisationId, name, `somebody${people}@test.example`, role, serviceId],
  );
  return program.signIn(name);
}

const allRoles = [
  'platform operator',
  'digital leader',
  'chief technology officer',
  'service manager',
  'caseworker',
  'auditor',
];
/** Roles that reach from the government down to every organisation would be let in where a plain role is not. */
const department = fishing.organisation_id;

function addressOf(route: StatedRoute, organisationId: string, serviceId: string): string {
  return route.url
    .replace(':organisationId', organisationId)
    .replace(':serviceId', serviceId)
    .replace(':jobId', '999999')
    .replaceAll(/:[a-zA-Z]+/g, newId());
}

async function call(
  browser: Browser,
  route: StatedRoute,
  organisationId = department,
  serviceId = fishing.id,
): Promise<Answer> {
  const path = addressOf(route, organisationId, serviceId);
  return route.method === 'GET' ? browser.get(path) : browser.post(path);
}

const refused = (answer: Answer): boolean => answer.status === 403 && answer.body.includes('You cannot see this page');
const name = (route: StatedRoute): string => `${route.method} ${route.url}`;

/** Calls every route and lists those that did not refuse. */
async function notRefused(
  list: readonly StatedRoute[],
  who: (route: StatedRoute) => Promise<Answer>,
): Promise<string[]> {
  const through: string[] = [];
  for (const route of list) {
    const answer = await who(route);
    if (!refused(answer)) through.push(`${name(route)} answered ${answer.status}`);
  }
  return through;
}

test('every route that is open to the public or to a holder is on the list', () => {
  const found = routes.filter((route) => ['anyone', 'holder', 'signed'].includes(route.access.who)).map(name);
  assert.deepEqual(found.toSorted(), open);
});

test('there are routes of every kind to test', () => {
  for (const over of ['government', 'organisation', 'service']) {
    assert.ok(
      staffRoutes.some((route) => route.access.who === 'staff' && route.access.over === over),
      over,
    );
  }
  assert.ok(routes.some((route) => route.access.who === 'key'));
});

test('nobody is sent to sign in', async () => {
  for (const route of routes.filter((each) => each.access.who === 'staff' || each.access.who === 'signed-in')) {
    const answer = await call(program.browser(), route);
    assert.equal(answer.status, 303, name(route));
    assert.match(answer.location ?? '', /^\/staff\/sign-in/, name(route));
  }
});

test('the right person is let in', async () => {
  const through: string[] = [];
  for (const route of staffRoutes) {
    const { access } = route;
    assert.ok(access.who === 'staff');
    for (const role of access.roles) {
      const home = access.over === 'government' || role === 'platform operator' ? government : department;
      const answer = await call(await somebody(home, role), route);
      if ([401, 403, 500].includes(answer.status))
        through.push(`${name(route)} refused a ${role} with ${answer.status}`);
    }
  }
  assert.deepEqual(through, []);
});

test('a wrong role is refused', async () => {
  const browsers = new Map<string, Browser>();
  for (const role of allRoles) browsers.set(role, await somebody(department, role));
  const through: string[] = [];
  for (const [role, browser] of browsers) {
    const closed = staffRoutes.filter((route) => route.access.who === 'staff' && !route.access.roles.includes(role));
    through.push(...(await notRefused(closed, (route) => call(browser, route))).map((line) => `${role}: ${line}`));
  }
  assert.deepEqual(through, []);
});

test('the right role in another organisation is refused', async () => {
  const through: string[] = [];
  for (const role of allRoles) {
    const browser = await somebody(roads.organisation_id, role);
    const over = staffRoutes.filter((route) => route.access.who === 'staff' && route.access.roles.includes(role));
    through.push(...(await notRefused(over, (route) => call(browser, route))).map((line) => `${role}: ${line}`));
  }
  assert.deepEqual(through, []);
});

test('the right role over another service of the same organisation is refused', async () => {
  const through: string[] = [];
  for (const role of ['service manager', 'caseworker', 'auditor', 'digital leader']) {
    const browser = await somebody(department, role, otherService.id);
    const over = staffRoutes.filter(
      (route) => route.access.who === 'staff' && route.access.over === 'service' && route.access.roles.includes(role),
    );
    through.push(...(await notRefused(over, (route) => call(browser, route))).map((line) => `${role}: ${line}`));
  }
  assert.deepEqual(through, []);
});

test('the right organisation with the service of another finds nothing', async () => {
  for (const route of staffRoutes.filter((each) => each.access.who === 'staff' && each.access.over === 'service')) {
    assert.ok(route.access.who === 'staff');
    const browser = await somebody(department, route.access.roles[0] ?? '');
    const answer = await call(browser, route, department, roads.id);
    assert.equal(answer.status, 404, name(route));
  }
});

test('a mandate lets in while it is in force, and refuses when it has expired, is withdrawn, has not begun or lends another role', async () => {
  const centre = (
    await ask<{ organisation_id: string }>(
      "select organisation_id from organisations.organisations where slug = 'aldermere-shared-services'",
    )
  )[0]?.organisation_id;
  assert.ok(centre);
  await ask('delete from organisations.mandates');
  const states = {
    'in force': ["now() - interval '1 day'", "now() + interval '1 day'", 'null'],
    expired: ["now() - interval '2 days'", "now() - interval '1 second'", 'null'],
    withdrawn: ["now() - interval '1 day'", "now() + interval '1 day'", 'now()'],
    'not begun': ["now() + interval '1 hour'", "now() + interval '1 day'", 'null'],
  } as const;
  for (const [state, [from, until, withdrawn]] of Object.entries(states)) {
    for (const role of ['service manager', 'caseworker', 'auditor', 'digital leader']) {
      await ask('delete from organisations.mandates');
      await ask(
        `insert into organisations.mandates (organisation_id, id, acting_organisation_id, purpose, roles, from_at, until_at, granted_by, withdrawn_at)
         values ($1, gen_random_uuid(), $2, 'test', array[$3], ${from}, ${until}, 'test', ${withdrawn})`,
        [archive.organisation_id, centre, role],
      );
      const browser = await somebody(centre, role);
      const over = staffRoutes.filter(
        (route) =>
          route.access.who === 'staff' && route.access.over !== 'government' && route.access.roles.includes(role),
      );
      const visit = (route: StatedRoute): Promise<Answer> => call(browser, route, archive.organisation_id, archive.id);
      const through = await notRefused(over, visit);
      if (state === 'in force') assert.equal(through.length, over.length, `${role} is let in under a mandate`);
      else assert.deepEqual(through, [], `${role}, mandate ${state}`);
      // What the mandate does not lend stays closed.
      const other = staffRoutes.filter(
        (route) =>
          route.access.who === 'staff' && route.access.over !== 'government' && !route.access.roles.includes(role),
      );
      assert.deepEqual(await notRefused(other, visit), [], `${role} cannot do another role's work`);
    }
  }
});

test('each use of a mandate is in the audit trail of the organisation that granted it', async () => {
  const [row] = await ask<{ uses: number }>(
    `select count(*)::int as uses from platform.audit_entries
      where organisation_id = $1 and action = 'organisations.mandate-used' and mandate_id is not null`,
    [archive.organisation_id],
  );
  assert.ok((row?.uses ?? 0) > 0);
});

test('a key works from the moment that it is made, whoever else is asking then', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const answers: number[] = [];
      for (let round = 0; round < 10; round += 1) {
        const authorization = `Bearer ${await program.tokenFor('fishing-licence')}`;
        answers.push((await server.inject({ url: '/notify/v2/notifications', headers: { authorization } })).statusCode);
      }
      return answers;
    }),
  );
  assert.deepEqual(new Set(statuses.flat()), new Set([200]));
});

test('an API answers only to a token that a key of the service has signed', async () => {
  const good = await program.tokenFor('fishing-licence');
  const forged = await new SignJWT({ iss: fishing.id })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .sign(new TextEncoder().encode(newId()));
  const old = await new SignJWT({ iss: fishing.id })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(Math.floor(Date.now() / 1000) - 3600)
    .sign(new TextEncoder().encode(newId()));
  for (const route of routes.filter((each) => each.access.who === 'key')) {
    const send = async (authorization: string | undefined): Promise<number> => {
      const answer = await server.inject({
        method: route.method === 'GET' || route.method === 'DELETE' ? route.method : 'POST',
        url: addressOf(route, department, fishing.id),
        headers: authorization === undefined ? {} : { authorization },
      });
      return answer.statusCode;
    };
    for (const wrong of [undefined, 'Bearer', 'Basic x']) {
      assert.equal(await send(wrong), 401, `${name(route)} with ${wrong ?? 'nothing'}`);
    }
    // The GOV.UK Notify API, whose words /notify and /v2 speak, refuses a wrong token with 403.
    const refusal = /^\/(?:notify|v2)\//.test(route.url) ? 403 : 401;
    for (const wrong of ['Bearer nonsense', `Bearer ${forged}`, `Bearer ${old}`]) {
      assert.equal(await send(wrong), refusal, `${name(route)} with ${wrong}`);
    }
    assert.ok(![401, 403].includes(await send(`Bearer ${good}`)), name(route));
  }
});
