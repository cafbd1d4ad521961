import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { formatDate, formatDateTime, type PageError } from '#design';
import { personOf, Problem as Refusal, scopeOf, type Server } from '#platform';
import { listFeeds, makeFeed, openFeed, withdrawFeed } from '../plans/feeds.ts';
import { writeCalendar } from '../plans/calendar.ts';
import { adoptPlan, findPlan, type AdoptedPlan } from '../plans/plans.ts';
import { getRun, listRuns, startRun, stopRun, type Run } from '../plans/runs.ts';
import { readPlanSettings } from '../plans/settings.ts';
import { tabulatePlan, writePlanCsv } from '../plans/table.ts';
import { listToDo, writeToDoCsv } from '../plans/to-do.ts';
import { drawFields, readFields, textOf, type Field } from './fields.ts';
import { roundMoney } from './money.ts';
import { planFrame, planners, type PlanPagesDependencies } from './plan-frame.ts';
import { changesSince, viewOf } from './plan-view.ts';
import { settingsInWords } from './settings-pages.ts';

const id = Type.String({ format: 'uuid' });
const ofRun = Type.Object({ runId: id });
const ofPlan = Type.Object({ number: Type.String({ pattern: '^[1-9][0-9]{0,5}$' }) });

const runForm: readonly Field[] = [
  {
    name: 'keepUntil',
    label: 'Keep planned moves that begin before',
    hint: 'For example, 1 10 2027. What is under way is always kept',
    kind: 'day',
    optional: true,
  },
];

/** The pages on which a plan is looked for, read and adopted. */
export function addPlanPages(server: Server, { database, calendar, settings }: PlanPagesDependencies): void {
  server.get('/staff/plan', { config: planners }, async (request, reply) => showOverview(request, reply));

  server.post(
    '/staff/plan/runs',
    { config: planners, schema: { body: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 200 }))) } },
    async (request, reply) => {
      const { answers, errors } = readFields(runForm, request.body ?? {}, settings.currency);
      if (errors.length > 0) return showOverview(request, reply.code(422), { given: request.body ?? {}, errors });
      const runId = await database.transact(scopeOf(request), (tx) =>
        startRun(tx, {
          by: personOf(request).name,
          today: calendar.today(),
          currency: settings.currency,
          keepUntil: textOf(answers, 'keepUntil') || null,
        }),
      );
      return reply.redirect(`/staff/plan/runs/${runId}`, 303);
    },
  );

  server.get('/staff/plan/runs/:runId', { config: planners, schema: { params: ofRun } }, async (request, reply) => {
    const { run, plan } = await database.transact(scopeOf(request), async (tx) => ({
      run: await getRun(tx, request.params.runId),
      plan: await findPlan(tx, null),
    }));
    const going = run.state === 'waiting' || run.state === 'solving';
    // Without JavaScript a page shows progress by asking again; a person who reads it is not thrown back to its top.
    if (going) reply.header('refresh', '3');
    return reply.page('plan/run', {
      title: titleOf(run),
      why: run.state === 'impossible' || run.state === 'failed' ? (run.complaint ?? '').split('\n') : [],
      ...planFrame,
      run,
      going,
      words: wordsOfRun(run, run.problem?.currency ?? settings.currency),
      ...(run.problem !== null && run.solution?.plan !== null && run.solution !== null && run.reading !== null
        ? {
            ...viewOf(run.problem, run.solution, run.reading),
            ...changesSince(plan?.runId === run.id ? undefined : plan, run.problem, run.solution),
          }
        : { figures: [] }),
    });
  });

  server.post(
    '/staff/plan/runs/:runId/stop',
    { config: planners, schema: { params: ofRun } },
    async (request, reply) => {
      await database.transact(scopeOf(request), (tx) => stopRun(tx, request.params.runId));
      return reply.redirect(`/staff/plan/runs/${request.params.runId}`, 303);
    },
  );

  server.post(
    '/staff/plan/runs/:runId/adoption',
    { config: planners, schema: { params: ofRun } },
    async (request, reply) => {
      const number = await database.transact(scopeOf(request), (tx) =>
        adoptPlan(tx, request.params.runId, { by: personOf(request).name, today: calendar.today() }),
      );
      return reply.redirect(`/staff/plan/plans/${number}`, 303);
    },
  );

  server.get('/staff/plan/plans/:number', { config: planners, schema: { params: ofPlan } }, async (request, reply) => {
    const plan = await getPlan(request, Number(request.params.number));
    const before =
      plan.number === 1 ? undefined : await database.transact(scopeOf(request), (tx) => findPlan(tx, plan.number - 1));
    return reply.page('plan/plan', {
      title: `Plan ${plan.number}`,
      ...planFrame,
      plan: summaryOf(plan),
      csv: `/staff/plan/plans/${plan.number}/moves.csv`,
      toDoCsv: `/staff/plan/plans/${plan.number}/to-do.csv`,
      ...viewOf(plan.problem, plan.solution, plan.reading),
      ...changesSince(before, plan.problem, plan.solution),
    });
  });

  server.get(
    '/staff/plan/plans/:number/moves.csv',
    { config: planners, schema: { params: ofPlan } },
    async (request, reply) => {
      const { problem, solution, number } = await getPlan(request, Number(request.params.number));
      const rows = solution.plan === null ? [] : tabulatePlan(problem, solution.plan);
      return reply
        .header('content-disposition', `attachment; filename="plan-${number}.csv"`)
        .type('text/csv; charset=utf-8')
        .send(writePlanCsv(rows, problem.currency));
    },
  );

  server.get(
    '/staff/plan/plans/:number/to-do.csv',
    { config: planners, schema: { params: ofPlan } },
    async (request, reply) => {
      const { problem, reading, number } = await getPlan(request, Number(request.params.number));
      return reply
        .header('content-disposition', `attachment; filename="plan-${number}-to-do.csv"`)
        .type('text/csv; charset=utf-8')
        .send(writeToDoCsv(listToDo(reading, problem.currency)));
    },
  );

  server.post('/staff/plan/calendars', { config: planners }, async (request, reply) => {
    const token = await database.transact(scopeOf(request), (tx) => makeFeed(tx, personOf(request).name));
    return reply.page('plan/calendar', {
      title: 'Your calendar’s address',
      ...planFrame,
      address: `${settings.publicUrl}/plan/calendar/${token}`,
    });
  });

  server.post(
    '/staff/plan/calendars/:feedId/withdrawal',
    { config: planners, schema: { params: Type.Object({ feedId: id }) } },
    async (request, reply) => {
      await database.transact(scopeOf(request), (tx) => withdrawFeed(tx, request.params.feedId));
      return reply.redirect('/staff/plan', 303);
    },
  );

  server.get(
    '/plan/calendar/:token',
    {
      config: {
        access: {
          who: 'holder',
          of: 'calendar address',
          because: 'calendar programs read it: whoever has the secret address may, until it is withdrawn',
        },
      },
      schema: { params: Type.Object({ token: Type.String({ maxLength: 200 }) }) },
    },
    async (request, reply) => {
      const plan = await openFeed(database, request.params.token);
      return reply
        .type('text/calendar; charset=utf-8')
        .header('cache-control', 'private, max-age=3600')
        .send(
          writeCalendar(listToDo(plan.reading, plan.problem.currency), { number: plan.number, madeAt: plan.adoptedAt }),
        );
    },
  );

  async function showOverview(
    request: FastifyRequest,
    reply: FastifyReply,
    sent: {
      readonly given: Readonly<Record<string, string | undefined>>;
      readonly errors: readonly PageError[];
    } = { given: {}, errors: [] },
  ) {
    const { currency } = settings;
    const found = await database.transact(scopeOf(request), async (tx) => ({
      plan: await findPlan(tx, null),
      runs: await listRuns(tx),
      feeds: await listFeeds(tx),
      settings: await readPlanSettings(tx, calendar.today()),
    }));
    return reply.page('plan/overview', {
      title: 'Plan',
      ...planFrame,
      breadcrumbs: planFrame.breadcrumbs.slice(0, 1),
      plan: found.plan === undefined ? null : summaryOf(found.plan),
      runs: found.runs.map((run) => ({
        ...run,
        words: wordsOfRun(run, currency),
        when: formatDateTime(run.createdAt, calendar.timeZone),
      })),
      feeds: found.feeds
        .filter(({ withdrawnAt }) => withdrawnAt === null)
        .map((feed) => ({ ...feed, when: formatDate(feed.madeAt.slice(0, 10)) })),
      runFields: found.plan === undefined ? '' : drawFields(runForm, { ...sent, currency }),
      settings: settingsInWords(found.settings, currency),
      ...(sent.errors.length > 0 ? { errors: sent.errors } : {}),
    });
  }

  async function getPlan(request: FastifyRequest, number: number): Promise<AdoptedPlan> {
    const plan = await database.transact(scopeOf(request), (tx) => findPlan(tx, number));
    if (plan === undefined) throw new Refusal('not-found');
    return plan;
  }

  function summaryOf(plan: AdoptedPlan) {
    return {
      number: plan.number,
      adoptedBy: plan.adoptedBy,
      adoptedAt: formatDateTime(plan.adoptedAt, calendar.timeZone),
      value: roundMoney(plan.solution.progress.value ?? 0, plan.problem.currency),
      moves: plan.solution.plan?.moves.length ?? 0,
      toDo: listToDo(plan.reading, plan.problem.currency)
        .filter(({ by }) => by >= calendar.today())
        .slice(0, 5)
        .map((each) => ({ ...each, byWords: formatDate(each.by) })),
    };
  }
}

function wordsOfRun(run: Pick<Run, 'state' | 'progress' | 'complaint' | 'isStopAsked'>, currency: string): string {
  if (run.state === 'waiting') {
    return run.progress === null
      ? 'Waiting to begin'
      : 'The program was stopped in the middle of it. Waiting to go on from where it was';
  }
  if (run.state === 'impossible' || run.state === 'failed') return run.complaint ?? 'There is no plan';
  const { value = null, gap = null, seconds = 0 } = run.progress ?? {};
  const worth = value === null ? 'No plan yet' : `Best so far ${roundMoney(value, currency)}`;
  const proof = gap === null ? 'nothing proven yet' : `proven to be within ${(gap * 100).toFixed(1)}% of the best`;
  const whole = Math.round(seconds);
  const after = `after ${whole} ${whole === 1 ? 'second' : 'seconds'}`;
  if (run.state === 'done') return `${worth.replace('Best so far', 'A plan worth')}, ${proof}, ${after}`;
  return `${worth}, ${proof}, ${after}${run.isStopAsked ? '. Stopping' : ''}`;
}

function titleOf({ state, complaint }: Run): string {
  if (state === 'done') return 'A plan to look at';
  if (state === 'failed') return 'Looking for a plan failed';
  if (state !== 'impossible') return 'Looking for a plan';
  // Only what clashes is proven to have none: it stands in lines of its own.
  return complaint?.includes('\n') === true ? 'There is no plan' : 'No plan was found';
}
