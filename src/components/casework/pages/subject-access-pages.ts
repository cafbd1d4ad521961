import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { getOrganisation, type Frames, type Organisation } from '#organisations';
import { Problem, scopeOf, type Calendar, type Database, type PersonalDataHolder, type Server } from '#platform';
import { gatherPersonalData, type PersonalFile } from '../subject-access.ts';
import { describeRecord } from './personal-records.ts';
import { field, ofOrganisation } from './schemas.ts';

/** The page of this part in every organisation's navigation. */
export const subjectAccessPage = {
  text: 'Subject access',
  path: '/subject-access',
  roles: ['service manager'],
} as const;

const managers = { access: { who: 'staff', roles: subjectAccessPage.roles, over: 'organisation' } } as const;
const emailBody = Type.Object({ email: field });

/** Handing a person everything that is held on them. The address is posted, so that it stands in no log or history. */
export function addSubjectAccessPages(
  server: Server,
  dependencies: {
    database: Database;
    frames: Frames;
    calendar: Calendar;
    personalData: () => readonly PersonalDataHolder[];
  },
): void {
  const { database, frames, calendar } = dependencies;

  server.get(
    '/staff/organisations/:organisationId/subject-access',
    { config: managers, schema: { params: ofOrganisation } },
    async (request, reply) => {
      const organisation = await database.transact(scopeOf(request), getOrganisation);
      return reply.page('casework/subject-access', { title: 'Subject access', ...surround(request, organisation) });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/subject-access',
    { config: managers, schema: { params: ofOrganisation, body: emailBody } },
    async (request, reply) => {
      const email = (request.body.email ?? '').trim();
      if (!isEmail(email)) {
        const organisation = await database.transact(scopeOf(request), getOrganisation);
        return reply.code(400).page('casework/subject-access', {
          title: 'Subject access',
          ...surround(request, organisation),
          errors: [{ href: '#email', text: 'Enter an email address in the correct format, like name@example.com' }],
          email,
        });
      }
      const { organisation, file } = await gather(request, email, 'page');
      return reply.page('casework/personal-file', {
        title: 'What is held on this person',
        ...surround(request, organisation),
        email,
        total: file.holdings.reduce((sum, { records }) => sum + records.length, 0),
        holdings: file.holdings.map(({ title, records }) => ({
          title,
          records: records.map((record) => describeRecord(record, calendar.timeZone)),
        })),
      });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/subject-access/file',
    { config: managers, schema: { params: ofOrganisation, body: emailBody } },
    async (request, reply) => {
      const email = (request.body.email ?? '').trim();
      if (!isEmail(email)) throw new Problem('invalid', { message: 'Go back and enter an email address.' });
      const { file } = await gather(request, email, 'file');
      return reply
        .header('content-disposition', `attachment; filename="personal-data-${calendar.today()}.json"`)
        .type('application/json; charset=utf-8')
        .send(`${JSON.stringify(file, null, 2)}\n`);
    },
  );

  function surround(request: FastifyRequest, organisation: Organisation) {
    return {
      ...frames.ofOrganisation(request, organisation, subjectAccessPage.path),
      of: organisation,
      address: `/staff/organisations/${organisation.id}${subjectAccessPage.path}`,
    };
  }

  function gather(
    request: FastifyRequest,
    email: string,
    as: 'page' | 'file',
  ): Promise<{ organisation: Organisation; file: PersonalFile }> {
    return database.transact(scopeOf(request), async (tx) => ({
      organisation: await getOrganisation(tx),
      file: await gatherPersonalData(tx, dependencies.personalData(), { email, as }),
    }));
  }
}

function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text);
}
