import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { listOrganisations, type Frames } from '#organisations';
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
      const { frame, address } = await surround(request, request.params.organisationId);
      return reply.page('casework/subject-access', { title: 'Subject access', ...frame, address, errors: [] });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/subject-access',
    { config: managers, schema: { params: ofOrganisation, body: emailBody } },
    async (request, reply) => {
      const { organisation, frame, address } = await surround(request, request.params.organisationId);
      const email = (request.body.email ?? '').trim();
      if (!isEmail(email)) {
        const errors = [
          { href: '#email', text: 'Enter an email address in the correct format, like name@example.com' },
        ];
        return reply
          .code(400)
          .page('casework/subject-access', { title: 'Subject access', ...frame, address, errors, email });
      }
      const file = await gather(request, organisation.name, email, 'page');
      return reply.page('casework/personal-file', {
        title: 'What is held on this person',
        ...frame,
        address,
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
      const { organisation } = await surround(request, request.params.organisationId);
      const email = (request.body.email ?? '').trim();
      if (!isEmail(email)) throw new Problem('invalid', { message: 'Go back and enter an email address.' });
      const file = await gather(request, organisation.name, email, 'file');
      return reply
        .header('content-disposition', `attachment; filename="personal-data-${calendar.today()}.json"`)
        .type('application/json; charset=utf-8')
        .send(`${JSON.stringify(file, null, 2)}\n`);
    },
  );

  async function surround(request: FastifyRequest, organisationId: string) {
    const organisation = (await listOrganisations(database)).find((each) => each.id === organisationId);
    if (organisation === undefined) throw new Problem('not-found');
    return {
      organisation,
      frame: { ...frames.ofOrganisation(request, organisation, subjectAccessPage.path), of: organisation },
      address: `/staff/organisations/${organisationId}${subjectAccessPage.path}`,
    };
  }

  function gather(
    request: FastifyRequest,
    organisationName: string,
    email: string,
    as: 'page' | 'file',
  ): Promise<PersonalFile> {
    return database.transact(scopeOf(request), (tx) =>
      gatherPersonalData(tx, dependencies.personalData(), { organisationName, email, as }),
    );
  }
}

function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text);
}
