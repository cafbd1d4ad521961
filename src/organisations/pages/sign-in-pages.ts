import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { isId, Problem, scopeOf, type Database, type Keyring, type Server } from '#platform';
import { sessionCookie } from '../gatekeeper.ts';
import {
  createSession,
  endSession,
  lifetimes,
  requestCode,
  signInWithCode,
  signInWithLink,
  type SendCode,
} from '../sign-in.ts';
import { field } from './schemas.ts';

const attemptCookie = 'commonhold_sign_in';
const anyone = (because: string) => ({ access: { who: 'anyone', because } }) as const;
/** Ten tries a minute from one address: enough for a person, too few for guessing. */
const rateLimit = { max: 10, timeWindow: 60_000 };

/** Signing in, with a code by e-mail or a one-time link; signing out; and, in a demonstration, signing in as anybody in it. */
export function addSignInPages(
  server: Server,
  options: { database: Database; keyring: Keyring; sendCode: SendCode; secure: boolean; emailWorks: boolean },
): void {
  const { database, secure } = options;

  const enter = (reply: FastifyReply, token: string, next: string | undefined): FastifyReply => {
    reply.clearCookie(attemptCookie, { path: '/staff/sign-in' });
    reply.setCookie(sessionCookie(secure), token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure,
      maxAge: lifetimes.sessionHours * 3600,
    });
    return reply.redirect(safePath(next), 303);
  };

  server.get(
    '/staff/sign-in',
    { config: anyone('nobody is signed in yet'), schema: { querystring: Type.Object({ next: field }) } },
    async (request, reply) =>
      reply.page('organisations/sign-in', {
        title: 'Sign in',
        next: request.query.next,
        emailWorks: options.emailWorks,
        people: await demonstrationPeople(database),
      }),
  );

  server.post(
    '/staff/sign-in',
    {
      config: { ...anyone('nobody is signed in yet'), rateLimit },
      schema: { body: Type.Object({ email: field, next: field }) },
    },
    async (request, reply) => {
      const email = (request.body.email ?? '').trim();
      if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
        return reply.code(400).page('organisations/sign-in', {
          title: 'Sign in',
          errors: [{ href: '#email', text: 'Enter an email address in the correct format, like name@example.com' }],
          email,
          next: request.body.next,
          emailWorks: options.emailWorks,
          people: await demonstrationPeople(database),
        });
      }
      const attempt = await requestCode(options, email);
      reply.setCookie(attemptCookie, attempt, {
        path: '/staff/sign-in',
        httpOnly: true,
        sameSite: 'lax',
        secure,
        maxAge: lifetimes.codeMinutes * 60,
      });
      const next = request.body.next === undefined ? '' : `?next=${encodeURIComponent(safePath(request.body.next))}`;
      return reply.redirect(`/staff/sign-in/code${next}`, 303);
    },
  );

  server.get(
    '/staff/sign-in/code',
    { config: anyone('nobody is signed in yet'), schema: { querystring: Type.Object({ next: field }) } },
    async (request, reply) =>
      reply.page('organisations/code', {
        title: 'Check your email',
        backLink: '/staff/sign-in',
        next: request.query.next,
        minutes: lifetimes.codeMinutes,
      }),
  );

  server.post(
    '/staff/sign-in/code',
    {
      config: { ...anyone('nobody is signed in yet'), rateLimit },
      schema: { body: Type.Object({ code: field, next: field }) },
    },
    async (request, reply) => {
      const attempt = request.cookies[attemptCookie];
      const token =
        attempt === undefined ? null : await signInWithCode(options, attempt, request.body.code ?? '', request.ip);
      if (token !== null) return enter(reply, token, request.body.next);
      return reply.code(400).page('organisations/code', {
        title: 'Check your email',
        backLink: '/staff/sign-in',
        errors: [{ href: '#code', text: 'The code is wrong or has expired. Check it, or ask for a new one.' }],
        next: request.body.next,
        minutes: lifetimes.codeMinutes,
      });
    },
  );

  // Programs that scan mail open links: the page only asks, and the button signs in.
  server.get(
    '/staff/sign-in/link/:token',
    {
      config: { access: { who: 'holder', of: 'a one-time link', because: 'the button on the page checks the token' } },
      schema: { params: Type.Object({ token: Type.String({ maxLength: 100 }) }) },
    },
    async (request, reply) => reply.page('organisations/link', { title: 'Sign in', token: request.params.token }),
  );

  server.post(
    '/staff/sign-in/link',
    {
      config: {
        access: { who: 'holder', of: 'a one-time link', because: 'the token is checked and works once' },
        rateLimit,
      },
      schema: { body: Type.Object({ token: field }) },
    },
    async (request, reply) => {
      const token = await signInWithLink(database, request.body.token ?? '', request.ip);
      if (token === null) {
        throw new Problem('gone', {
          title: 'This link does not work any more',
          message:
            'It was used already, or has expired. Ask for a new one, or sign in with your email address at /staff/sign-in.',
        });
      }
      return enter(reply, token, undefined);
    },
  );

  server.post(
    '/staff/sign-in/as',
    {
      config: anyone('it answers only in a database that the demonstration has marked'),
      schema: { body: Type.Object({ person: field, next: field }) },
    },
    async (request, reply) => {
      const wanted = request.body.person ?? '';
      const person = isId(wanted)
        ? (await demonstrationPeople(database)).find((each) => each.id === wanted)
        : undefined;
      if (person === undefined) throw new Problem('not-found');
      const token = await database.transact(
        {
          organisationId: person.organisationId,
          actor: { kind: 'person', id: person.id, name: person.name, address: request.ip },
        },
        (tx) => createSession(tx, person.id),
      );
      return enter(reply, token, request.body.next);
    },
  );

  server.post('/staff/sign-out', { config: { access: { who: 'signed-in' } } }, async (request, reply) => {
    const { session } = request;
    if (session !== undefined) await database.transact(scopeOf(request), (tx) => endSession(tx, session.sessionId));
    reply.clearCookie(sessionCookie(secure), { path: '/', httpOnly: true, sameSite: 'lax', secure });
    return reply.redirect('/staff/sign-in', 303);
  });
}

interface DemonstrationPerson {
  readonly id: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly serviceNames: readonly string[];
}

/** Whom anybody may sign in as: nobody, unless the database holds the mark of the demonstration. */
async function demonstrationPeople(database: Database): Promise<DemonstrationPerson[]> {
  const rows = await database.find<{
    organisation_id: string;
    id: string;
    name: string;
    organisation_name: string;
    roles: string[];
    service_names: string[] | null;
  }>('select * from organisations.list_demonstration_people()', []);
  return rows.map((row) => ({
    id: row.id,
    organisationId: row.organisation_id,
    organisationName: row.organisation_name,
    name: row.name,
    roles: [...new Set(row.roles)],
    serviceNames: row.service_names ?? [],
  }));
}

/** Only a path of this site: a link with somebody else's address must not send a person there after signing in. */
function safePath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next)) return '/staff';
  return /^\/(staff|services)(\/|$|\?)/.test(next) ? next : '/staff';
}
