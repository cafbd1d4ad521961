import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { formatDateTime, formatNumber } from '#design';
import { getService, type Service } from '#organisations';
import { personOf, scopeOf, type Server } from '#platform';
import { getCase, type Case } from '../cases.ts';
import { decideCase, findDecision, type Decision, type Outcome } from '../decisions.ts';
import { casesAddress, casesPage, cleanText, type CasePagesDependencies } from './case-pages.ts';
import { field, longField, ofCase } from './schemas.ts';

const deciders = { access: { who: 'staff', roles: ['caseworker'], over: 'service' } } as const;
const decisionBody = Type.Object({ outcome: field, reason: longField, change: field });

/** The most characters of a reason: it is sent by e-mail. */
const mostReason = 5000;

const outcomes: Readonly<Record<Outcome, { verb: string; choice: string; hint: string }>> = {
  approved: { verb: 'Approve', choice: 'Approve the application', hint: 'The applicant gets what they asked for' },
  refused: { verb: 'Refuse', choice: 'Refuse the application', hint: 'You must give a reason' },
};

/** What was entered on the page, and what is wrong with it. */
interface Entered {
  readonly outcome: Outcome | null;
  readonly reason: string;
  readonly errors: readonly { readonly href: string; readonly text: string }[];
}

/** Deciding a case: one page to choose, one to check, and one that says that somebody else was first. */
export function addDecisionPages(server: Server, { database, keyring, frames, calendar }: CasePagesDependencies): void {
  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/decision',
    { config: deciders, schema: { params: ofCase } },
    async (request, reply) => {
      const found = await find(request, request.params);
      if (found.decision !== null) return reply.redirect(`${casesAddress(found.service)}/${found.opened.id}`, 303);
      return showForm(request, reply, found, { outcome: null, reason: '', errors: [] });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/decision/check',
    { config: deciders, schema: { params: ofCase, body: decisionBody } },
    async (request, reply) => {
      const entered = readEntered(request.body);
      const found = await find(request, request.params);
      if (found.decision !== null) return showOvertaken(request, reply, found, found.decision, entered);
      if (request.body.change !== undefined) return showForm(request, reply, found, { ...entered, errors: [] });
      if (entered.outcome === null || entered.errors.length > 0) return showForm(request, reply, found, entered);
      return showCheck(request, reply, found, entered.outcome, entered.reason);
    },
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/cases/:caseId/decision',
    { config: deciders, schema: { params: ofCase, body: decisionBody } },
    async (request, reply) => {
      const entered = readEntered(request.body);
      const { outcome, reason } = entered;
      if (outcome === null || entered.errors.length > 0) {
        return showForm(request, reply, await find(request, request.params), entered);
      }
      const { serviceId, caseId } = request.params;
      const by = personOf(request);
      const deciding = await database.transact(scopeOf(request), (tx) =>
        decideCase(tx, keyring, { serviceId, caseId, outcome, reason, by }),
      );
      const found = await find(request, request.params);
      if (!deciding.done) return showOvertaken(request, reply, found, deciding.earlier, entered);
      return reply.redirect(`${casesAddress(found.service)}/${caseId}?done=${deciding.told ? 'told' : 'decided'}`, 303);
    },
  );

  interface Found {
    readonly service: Service;
    readonly opened: Case;
    readonly decision: Decision | null;
  }

  function find(request: FastifyRequest, wanted: { serviceId: string; caseId: string }): Promise<Found> {
    return database.transact(scopeOf(request), async (tx) => ({
      opened: await getCase(tx, keyring, wanted),
      service: await getService(tx, wanted.serviceId),
      decision: await findDecision(tx, keyring, wanted.caseId),
    }));
  }

  /** What surrounds one step of deciding: nothing that leads astray. */
  function surround(request: FastifyRequest, { service, opened }: Found) {
    return {
      ...frames.ofService(request, service, casesPage.path),
      breadcrumbs: [],
      column: 'two-thirds' as const,
      of: opened,
      address: `${casesAddress(service)}/${opened.id}`,
    };
  }

  function showForm(request: FastifyRequest, reply: FastifyReply, found: Found, entered: Entered): FastifyReply {
    const surroundings = surround(request, found);
    return reply.code(entered.errors.length > 0 ? 400 : 200).page('casework/decision', {
      title: `Decide case ${found.opened.reference}`,
      ...surroundings,
      backLink: surroundings.address,
      errors: entered.errors,
      outcome: entered.outcome,
      reason: entered.reason,
      choices: Object.entries(outcomes).map(([value, { choice, hint }]) => ({
        value,
        text: choice,
        hint: { text: hint },
      })),
    });
  }

  function showCheck(
    request: FastifyRequest,
    reply: FastifyReply,
    found: Found,
    outcome: Outcome,
    reason: string,
  ): FastifyReply {
    const { assignedTo } = found.opened;
    return reply.page('casework/check-decision', {
      title: `Check your decision on case ${found.opened.reference}`,
      ...surround(request, found),
      outcome,
      reason,
      choice: outcomes[outcome].choice,
      button: `${outcomes[outcome].verb} the application`,
      email: found.opened.applicant?.email ?? null,
      assignedToOther: assignedTo !== null && assignedTo.id !== personOf(request).id ? assignedTo.name : null,
    });
  }

  function showOvertaken(
    request: FastifyRequest,
    reply: FastifyReply,
    found: Found,
    { by, outcome, at }: Decision,
    entered: Entered,
  ): FastifyReply {
    const who = by.id === personOf(request).id ? 'You' : by.name;
    return reply.code(409).page('casework/overtaken', {
      title: 'This case has already been decided',
      ...surround(request, found),
      message: `${who} ${outcome} the application on ${formatDateTime(at, calendar.timeZone)}. Your decision was not recorded.`,
      written: entered.reason,
    });
  }
}

function readEntered(body: { outcome?: string | undefined; reason?: string | undefined }): Entered {
  const outcome = (['approved', 'refused'] as const).find((each) => each === body.outcome) ?? null;
  const reason = cleanText(body.reason);
  const errors = [];
  if (outcome === null) errors.push({ href: '#outcome', text: 'Select whether you approve or refuse the application' });
  if (outcome === 'refused' && reason === '') {
    errors.push({ href: '#reason', text: 'Enter the reason why you refuse the application' });
  }
  if (reason.length > mostReason) {
    errors.push({
      href: '#reason',
      text: `The reason must be ${formatNumber(mostReason)} characters or less. It is ${formatNumber(reason.length)}`,
    });
  }
  return { outcome, reason, errors };
}
