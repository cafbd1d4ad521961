import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { escapeHtml, formatDate, formatNumber, type WorkListParams } from '#design';
import { getService, listStaff, type Frames, type Service } from '#organisations';
import {
  isId,
  newId,
  personOf,
  Problem,
  scopeOf,
  type Calendar,
  type Database,
  type KeptFile,
  type Keyring,
  type Server,
  type Tx,
} from '#platform';
import { assignCase, listAssignedPeople, type Assigning } from '../assignments.ts';
import {
  caseStates,
  countCases,
  findCaseByReference,
  getCase,
  listCases,
  mostCounted,
  type Answer,
  type Case,
  type CaseCounts,
  type CaseFilter,
  type CaseState,
  type ListedCase,
  type PersonNamed,
} from '../cases.ts';
import { listCaseFiles } from '../files.ts';
import { readHistory } from '../history.ts';
import { addNote } from '../notes.ts';
import { renderFiles } from './case-files.ts';
import { count, edge, field, longField, newRecord, ofCase, ofService } from './schemas.ts';

/** The page of this part in every service's navigation. */
export const casesPage = {
  text: 'Cases',
  path: '/cases',
  roles: ['caseworker', 'service manager', 'auditor'],
} as const;

const readers = { access: { who: 'staff', roles: casesPage.roles, over: 'service' } } as const;
const workers = { access: { who: 'staff', roles: ['caseworker', 'service manager'], over: 'service' } } as const;

/** The most characters of a note. */
const mostNote = 10_000;

export interface CasePagesDependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly frames: Frames;
  readonly calendar: Calendar;
}

/** The work list of a service, its cases, and what is done to them. */
export function addCasePages(server: Server, dependencies: CasePagesDependencies): void {
  const { database, keyring, frames, calendar } = dependencies;

  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/cases',
    {
      config: readers,
      schema: {
        params: ofService,
        querystring: Type.Object({ state: field, assigned: field, reference: field, after: edge, before: edge }),
      },
    },
    async (request, reply) => {
      const { serviceId } = request.params;
      const { query } = request;
      const me = personOf(request);
      const filter = readFilter(query, me.id);
      const found = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, serviceId),
        exact: filter.reference === '' ? null : await findCaseByReference(tx, serviceId, filter.reference),
        list: await listCases(tx, keyring, serviceId, filter, { after: query.after, before: query.before }),
        counts: await countCases(tx, serviceId, me.id),
        people: await listPeopleToShow(tx, serviceId, me),
      }));
      const address = casesAddress(found.service);
      // Whoever types a whole reference wants that case.
      if (found.exact !== null) return reply.redirect(`${address}/${found.exact}`, 303);
      return reply.page('casework/cases', {
        title: `Cases of ${found.service.name}`,
        ...frames.ofService(request, found.service, casesPage.path),
        of: found.service,
        address,
        figures: countFigures(found.counts, address, calendar),
        fields: filterFields(filter, query.assigned, me, found.people),
        isFiltered: Object.values(query).some((value) => value !== undefined && value !== ''),
        list: describeList(found.list.cases, filter, address, calendar),
        ...pageLinks(query, found.list, address),
      });
    },
  );

  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId',
    { config: readers, schema: { params: ofCase, querystring: Type.Object({ done: field }) } },
    async (request, reply) => showCase(request, reply, request.params, { done: request.query.done }),
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/assignments',
    { config: workers, schema: { params: ofCase, body: Type.Object({ to: field, revision: count }) } },
    async (request, reply) => {
      const { serviceId, caseId } = request.params;
      const me = personOf(request);
      const { to: wanted = '', revision } = request.body;
      const { service, assigning } = await database.transact(scopeOf(request), async (tx) => {
        const staff = await listAssignable(tx, serviceId, request);
        const to = wanted === '' ? null : staff.find((person) => person.id === wanted);
        if (to === undefined) {
          throw new Problem('unprocessable', { message: 'Choose somebody who is a caseworker of this service.' });
        }
        return {
          service: await getService(tx, serviceId),
          assigning: await assignCase(tx, { serviceId, caseId, to, by: me, revision: Number(revision) }),
        };
      });
      const address = `${casesAddress(service)}/${caseId}`;
      if (assigning.done) return reply.redirect(`${address}?done=${wanted === '' ? 'returned' : 'assigned'}`, 303);
      return reply.code(409).page('casework/overtaken', {
        title: 'This case changed while you were looking at it',
        ...frames.ofService(request, service, casesPage.path),
        address,
        message: explainOvertaken(assigning, me),
      });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/notes',
    { config: workers, schema: { params: ofCase, body: Type.Object({ note: newRecord, text: longField }) } },
    async (request, reply) => {
      const { serviceId, caseId } = request.params;
      const text = cleanText(request.body.text);
      const mistake =
        text === ''
          ? 'Enter a note'
          : text.length > mostNote
            ? `The note must be ${formatNumber(mostNote)} characters or less. It is ${formatNumber(text.length)}`
            : null;
      if (mistake !== null) {
        const errors = [{ href: '#text', text: mistake }];
        return showCase(request, reply.code(400), request.params, { errors, note: text });
      }
      const service = await database.transact(scopeOf(request), async (tx) => {
        await addNote(tx, keyring, { serviceId, caseId, noteId: request.body.note, text, by: personOf(request) });
        return getService(tx, serviceId);
      });
      return reply.redirect(`${casesAddress(service)}/${caseId}?done=noted`, 303);
    },
  );

  async function showCase(
    request: FastifyRequest,
    reply: FastifyReply,
    wanted: { serviceId: string; caseId: string },
    shown: { done?: string | undefined; errors?: readonly { href: string; text: string }[]; note?: string },
  ): Promise<FastifyReply> {
    const me = personOf(request);
    const found = await database.transact(scopeOf(request), async (tx) => {
      const opened = await getCase(tx, keyring, wanted);
      const mine: CaseFilter = { state: 'open', assigned: me.id, reference: '' };
      return {
        opened,
        service: await getService(tx, wanted.serviceId),
        staff: await listAssignable(tx, wanted.serviceId, request),
        next: (await listCases(tx, keyring, wanted.serviceId, mine, { most: 1 })).cases[0] ?? null,
        files: await listCaseFiles(tx, keyring, opened),
        ...(await readHistory(tx, keyring, opened)),
      };
    });
    const { opened, service, staff, decision, files } = found;
    const address = `${casesAddress(service)}/${opened.id}`;
    const frame = frames.ofService(request, service, casesPage.path);
    const { roles } = request.grant;
    return reply.page('casework/case', {
      title: `Case ${opened.reference}`,
      ...frame,
      breadcrumbs: [...frame.breadcrumbs, { text: 'Cases', href: casesAddress(service) }],
      errors: shown.errors ?? [],
      notice: noticeOf(shown.done, opened),
      address,
      of: opened,
      tag: stateTags[opened.state],
      received: formatDate(calendar.dayOf(opened.openedAt)),
      waiting: opened.state === 'open' ? describeAge(opened.openedAt, calendar) : null,
      answers: opened.answers === null ? null : answerRows(opened.answers, files, address),
      applicant: applicantRows(opened),
      decision,
      history: found.history.map((entry) => ({ ...entry, by: entry.by ?? undefined, text: entry.text ?? undefined })),
      mayWork: roles.includes('caseworker') || roles.includes('service manager'),
      mayDecide: roles.includes('caseworker'),
      mayTake: roles.includes('caseworker') && opened.assignedTo?.id !== me.id,
      isMine: opened.assignedTo?.id === me.id,
      me,
      staff: staffItems(staff, opened, me),
      next: found.next !== null && found.next.id !== opened.id ? found.next : null,
      casesAddress: casesAddress(service),
      messagesAddress: `/staff/organisations/${service.organisationId}/services/${service.id}/messages?reference=${encodeURIComponent(opened.reference)}`,
      noteId: newId(),
      note: shown.note ?? '',
    });
  }
}

/** The address of a service's work list. */
export function casesAddress(service: Pick<Service, 'organisationId' | 'id'>): string {
  return `/staff/organisations/${service.organisationId}/services/${service.id}${casesPage.path}`;
}

/** What a person wrote, without the spaces around it and with the line ends of every system made one. */
export function cleanText(text: string | undefined): string {
  return (text ?? '').replaceAll('\r\n', '\n').trim();
}

const stateTags: Readonly<Record<CaseState, { text: string; classes: string }>> = {
  open: { text: 'Open', classes: 'govuk-tag--blue' },
  approved: { text: 'Approved', classes: 'govuk-tag--green' },
  refused: { text: 'Refused', classes: 'govuk-tag--red' },
};

/** Whoever the caller may give a case to: the service's caseworkers, and the caller who is one, under a mandate too. */
async function listAssignable(tx: Tx, serviceId: string, request: FastifyRequest): Promise<PersonNamed[]> {
  const me = personOf(request);
  const staff = await listStaff(tx, { serviceId, role: 'caseworker' });
  if (!request.grant.roles.includes('caseworker') || staff.some((person) => person.id === me.id)) return staff;
  return [...staff, { id: me.id, name: me.name }];
}

/** Whose cases can be asked for: the service's caseworkers, and whoever has an open case though they are none any more. */
async function listPeopleToShow(tx: Tx, serviceId: string, me: PersonNamed): Promise<PersonNamed[]> {
  const staff = await listStaff(tx, { serviceId, role: 'caseworker' });
  const assigned = await listAssignedPeople(tx, serviceId);
  const others = assigned.filter((person) => staff.every((each) => each.id !== person.id));
  return [...staff, ...others]
    .filter((person) => person.id !== me.id)
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
}

function readFilter(
  query: { state?: string | undefined; assigned?: string | undefined; reference?: string | undefined },
  me: string,
): CaseFilter {
  const reference = (query.reference ?? '').trim();
  // A reference is looked for among all cases, whoever has them and whatever became of them.
  if (reference !== '') return { state: 'any', assigned: 'anyone', reference };
  const { assigned = 'anyone' } = query;
  return {
    state: query.state === 'any' ? 'any' : (caseStates.find((state) => state === query.state) ?? 'open'),
    assigned: assigned === 'me' ? me : assigned === 'nobody' || isId(assigned) ? assigned : 'anyone',
    reference: '',
  };
}

function filterFields(
  filter: CaseFilter,
  assigned: string | undefined,
  me: PersonNamed,
  people: readonly PersonNamed[],
): object {
  const chosen = filter.assigned === me.id ? 'me' : filter.assigned;
  return {
    reference: filter.reference,
    state: filter.state,
    states: [
      { value: 'open', text: 'Open' },
      { value: 'approved', text: 'Approved' },
      { value: 'refused', text: 'Refused' },
      { value: 'any', text: 'Any state' },
    ],
    assigned: chosen,
    people: [
      { value: 'anyone', text: 'Anyone' },
      { value: 'me', text: 'Me' },
      { value: 'nobody', text: 'Nobody' },
      ...people.map((person) => ({ value: person.id, text: person.name })),
      // Somebody whose cases are all decided and who has left is still in the address that was asked for.
      ...(isId(chosen) && chosen === assigned && people.every((person) => person.id !== chosen)
        ? [{ value: chosen, text: 'Somebody who has left' }]
        : []),
    ],
  };
}

function countFigures(counts: CaseCounts, address: string, calendar: Calendar): object[] {
  return [
    { label: 'Open', value: showCount(counts.open), href: address },
    { label: 'Assigned to you', value: showCount(counts.mine), href: `${address}?assigned=me` },
    { label: 'Assigned to nobody', value: showCount(counts.nobodys), href: `${address}?assigned=nobody` },
    ...(counts.oldestOpenedAt === null
      ? []
      : [{ label: 'Longest wait', value: describeDays(daysSince(counts.oldestOpenedAt, calendar)) }]),
  ];
}

function showCount(value: number): string {
  return value >= mostCounted ? `${formatNumber(mostCounted)}+` : formatNumber(value);
}

function describeList(
  cases: readonly ListedCase[],
  filter: CaseFilter,
  address: string,
  calendar: Calendar,
): WorkListParams {
  const isOpen = filter.state === 'open';
  return {
    caption: 'Cases, the oldest first',
    captionHidden: true,
    head: [
      { text: 'Reference' },
      { text: 'Application' },
      { text: 'Received' },
      { text: 'Assigned to' },
      ...(isOpen ? [] : [{ text: 'State' }]),
    ],
    rows: cases.map((each) => [
      { text: each.reference, href: `${address}/${each.id}` },
      { text: each.title, hint: each.applicantName ?? undefined },
      {
        text: formatDate(calendar.dayOf(each.openedAt)),
        hint: each.state === 'open' ? describeAge(each.openedAt, calendar) : undefined,
      },
      { text: each.assignedTo?.name ?? 'Nobody' },
      ...(isOpen
        ? []
        : [
            {
              html: `<strong class="govuk-tag ${stateTags[each.state].classes}">${stateTags[each.state].text}</strong>`,
              hint: each.decidedAt === null ? undefined : formatDate(calendar.dayOf(each.decidedAt)),
            },
          ]),
    ]),
  };
}

function pageLinks(
  query: Readonly<Record<string, string | undefined>>,
  list: { before: string | null; after: string | null },
  address: string,
): { pagination: object | undefined } {
  const link = (name: 'after' | 'before', id: string): { href: string } => {
    const search = new URLSearchParams();
    for (const key of ['state', 'assigned', 'reference']) {
      const value = query[key];
      if (value !== undefined && value !== '') search.set(key, value);
    }
    search.set(name, id);
    return { href: `${address}?${search.toString()}` };
  };
  if (list.before === null && list.after === null) return { pagination: undefined };
  return {
    pagination: {
      landmarkLabel: 'Pages of cases',
      ...(list.before === null ? {} : { previous: { ...link('before', list.before), labelText: 'Older cases' } }),
      ...(list.after === null ? {} : { next: { ...link('after', list.after), labelText: 'Newer cases' } }),
    },
  };
}

function answerRows(answers: readonly Answer[], files: readonly KeptFile[], address: string): object[] {
  return answers.map(({ question, answer, files: sent = [] }) => ({
    key: { text: question },
    value: {
      html:
        sent.length > 0
          ? renderFiles(sent, files, address)
          : answer.length === 0
            ? 'Not answered'
            : answer.map(escapeHtml).join('<br>'),
    },
  }));
}

/** Whom to write to; an address that is among the answers already is not said twice. */
function applicantRows({ applicant, answers }: Case): object[] {
  if (applicant === null) return [];
  const { email } = applicant;
  const answered = email !== null && (answers ?? []).some(({ answer }) => answer.includes(email));
  return [
    ...(applicant.name === null ? [] : [{ key: { text: 'Applicant' }, value: { text: applicant.name } }]),
    ...(answered
      ? []
      : [{ key: { text: 'Email' }, value: { text: email ?? 'None given: tell the applicant in another way' } }]),
  ];
}

function staffItems(staff: readonly PersonNamed[], opened: Case, me: PersonNamed): object[] {
  return [
    { value: '', text: 'Nobody', selected: opened.assignedTo === null },
    ...staff.map((person) => ({
      value: person.id,
      text: person.id === me.id ? `${person.name} (you)` : person.name,
      selected: opened.assignedTo?.id === person.id,
    })),
  ];
}

function explainOvertaken(assigning: Extract<Assigning, { done: false }>, me: PersonNamed): string {
  if (assigning.because === 'decided') return 'It has been decided, so it was not assigned.';
  if (assigning.to === null) return 'Somebody gave it back to the list, so it was not assigned by you.';
  const who = assigning.to.id === me.id ? 'you' : assigning.to.name;
  return `It is assigned to ${who} now, so it was not assigned again.`;
}

/** What has just been done, as far as it is still so: an old address says nothing that is no longer true. */
function noticeOf(done: string | undefined, opened: Case): object | undefined {
  const { assignedTo, state } = opened;
  if (done === 'assigned' && assignedTo !== null) {
    return { type: 'success', heading: `The case is assigned to ${assignedTo.name}` };
  }
  if (done === 'returned' && assignedTo === null) return { type: 'success', heading: 'The case is assigned to nobody' };
  if (done === 'noted') return { type: 'success', heading: 'Your note was added' };
  if ((done === 'told' || done === 'decided') && state !== 'open') {
    const text =
      done === 'told'
        ? 'An email was sent to the applicant.'
        : 'The applicant gave no email address. Tell them in another way.';
    return { type: 'success', heading: `The application is ${state}`, text };
  }
  return undefined;
}

function daysSince(moment: string, calendar: Calendar): number {
  return Math.round((Date.parse(calendar.today()) - Date.parse(calendar.dayOf(moment))) / 86_400_000);
}

function describeDays(days: number): string {
  return days === 1 ? '1 day' : `${formatNumber(days)} days`;
}

function describeAge(moment: string, calendar: Calendar): string {
  const days = daysSince(moment, calendar);
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : `${describeDays(days)} ago`;
}
