import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { formatDate, formatNumber } from '#design';
import { getContract } from '#estate';
import { daysOf, formatQuarter } from '#measures';
import { Problem as Refusal, scopeOf, type Server } from '#platform';
import { listActions } from '../moving/actions.ts';
import { listChecks } from '../moving/checks.ts';
import { listCosts } from '../moving/costs.ts';
import { quartersOf } from '../moving/ledger.ts';
import { listSavings } from '../moving/savings.ts';
import {
  getTransition,
  listPromises,
  listTransitions,
  type KeptPromise,
  type PromisedTransition,
  type Transition,
  type TransitionState,
} from '../moving/transitions.ts';
import { listWaves } from '../moving/waves.ts';
import { wordsOfAction } from '../plans/words.ts';
import { deedForms, type DeedForm } from './deeds.ts';
import { drawFields, readFields, shownDay } from './fields.ts';
import { exactMoney, roundMoney } from './money.ts';
import { planFrame, planners, type PlanPagesDependencies } from './plan-frame.ts';

const ofTransition = Type.Object({ transitionId: Type.String({ format: 'uuid' }) });
const ofItem = Type.Object({
  transitionId: Type.String({ format: 'uuid' }),
  item: Type.Optional(Type.String({ maxLength: 40, pattern: '^[0-9a-f-]+$' })),
});
const body = Type.Record(Type.String(), Type.String({ maxLength: 5000 }));

const frame = {
  ...planFrame,
  breadcrumbs: [...planFrame.breadcrumbs, { text: 'Transitions', href: '/staff/plan/transitions' }],
} as const;

/** The lists that the page of transitions has, and what they are called. */
const shows = [
  ['open', 'Planned and under way'],
  ['completed', 'Completed'],
  ['withdrawn', 'Withdrawn'],
] as const;
const statesOf: Readonly<Record<(typeof shows)[number][0], readonly TransitionState[]>> = {
  open: ['planned', 'under way'],
  completed: ['completed'],
  withdrawn: ['withdrawn'],
};
const mostOnPage = 50;

/** The pages on which what a plan promised is carried out: every transition, and each with all that is done in it. */
export function addTransitionPages(server: Server, { database, calendar }: PlanPagesDependencies): void {
  server.get(
    '/staff/plan/transitions',
    {
      config: planners,
      schema: {
        querystring: Type.Object({
          show: Type.Optional(Type.Enum(['open', 'completed', 'withdrawn'])),
          page: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,4}$' })),
        }),
      },
    },
    async (request, reply) => {
      const show = request.query.show ?? 'open';
      const found = await database.transact(scopeOf(request), (tx) => listTransitions(tx, statesOf[show]));
      // What is under way leads, then what is to be decided first.
      const all = found.toSorted((one, other) => orderOf(one).localeCompare(orderOf(other)));
      const pages = Math.max(1, Math.ceil(all.length / mostOnPage));
      const page = Math.min(pages, Number(request.query.page ?? '1'));
      return reply.page('plan/transitions', {
        title: 'Transitions',
        ...planFrame,
        show,
        shows: shows.map(([key, text]) => ({
          text,
          href: `/staff/plan/transitions?show=${key}`,
          current: key === show,
        })),
        rows: all.slice((page - 1) * mostOnPage, page * mostOnPage).map((each) => rowOf(each, calendar.today())),
        summary: `${formatNumber(all.length)} ${all.length === 1 ? 'transition' : 'transitions'}`,
        pages: Array.from({ length: pages > 1 ? pages : 0 }, (_, index) => ({
          number: index + 1,
          href: `/staff/plan/transitions?show=${show}&page=${index + 1}`,
          current: index + 1 === page,
        })),
      });
    },
  );

  server.get(
    '/staff/plan/transitions/:transitionId',
    { config: planners, schema: { params: ofTransition } },
    async (request, reply) => {
      const id = request.params.transitionId;
      const found = await database.transact(scopeOf(request), async (tx) => {
        const transition = await getTransition(tx, id);
        return {
          transition,
          contract: transition.contractId === null ? null : await getContract(tx, transition.contractId),
          promises: await listPromises(tx, id),
          waves: await listWaves(tx, id),
          checks: await listChecks(tx, id),
          costs: await listCosts(tx, id),
          savings: await listSavings(tx, id),
          actions: await listActions(tx, id),
        };
      });
      const { transition, promises } = found;
      const { currency } = transition;
      const [promise] = promises;
      if (promise === undefined) throw new Refusal('not-found');
      const money = (amount: number): string => exactMoney(amount, currency);
      const spent = found.costs.reduce((sum, { amount }) => sum + amount, 0);
      return reply.page('plan/transition', {
        title: `${transition.name}: move to ${transition.targetName}`,
        ...frame,
        transition,
        tag: tagOf(transition),
        address: `/staff/plan/transitions/${id}`,
        oldContract: noticeOf(transition, promise, found.contract?.title ?? null, calendar.today()),
        mapAddress: `/staff/estate/systems/${transition.systemId}`,
        promised: {
          plan: promise.planNumber,
          rows: promisedRows(transition, promise, { money, spent }),
          earlier: promises.slice(1).map((each) => ({
            plan: each.planNumber,
            words: `${formatDate(each.beginsOn)} to ${formatDate(each.endsOn)}, worth ${roundMoney(each.worth, currency)}`,
          })),
        },
        waves: found.waves.map((wave) => ({
          ...wave,
          users: formatNumber(wave.users),
          planned: wave.plannedOn === null ? 'Not set' : formatDate(wave.plannedOn),
          moved: wave.movedOn === null ? null : formatDate(wave.movedOn),
        })),
        checks: found.checks,
        settled: found.checks.filter(({ settled }) => settled !== null).length,
        costs: found.costs.map((cost) => ({ ...cost, amount: money(cost.amount), on: formatDate(cost.paidOn) })),
        spent: money(spent),
        savings: savingRows(transition, promises, found.savings, calendar.today()),
        history: found.actions.map((action) => ({
          title: action.what,
          by: action.by,
          at: action.on,
          when: formatDate(action.on),
          text: action.evidence,
        })),
      });
    },
  );

  for (const form of deedForms) addDeedPages(form);

  function addDeedPages(form: DeedForm): void {
    const path = `/staff/plan/transitions/:transitionId/${form.path}`;
    server.get(path, { config: planners, schema: { params: ofItem } }, async (request, reply) => {
      const transition = await database.transact(scopeOf(request), (tx) =>
        getTransition(tx, request.params.transitionId),
      );
      return showForm(request, reply, { form, transition, given: shownDay('on', calendar.today()), errors: [] });
    });

    server.post(path, { config: planners, schema: { params: ofItem, body } }, async (request, reply) => {
      const { transitionId, item = '' } = request.params;
      const today = calendar.today();
      const transition = await database.transact(scopeOf(request), (tx) => getTransition(tx, transitionId));
      const { answers, errors } = readFields(form.fields({ transition, today }), request.body, transition.currency);
      const again = (wrong: readonly { href: string; text: string }[]) =>
        showForm(request, reply.code(422), { form, transition, given: request.body, errors: wrong });
      if (errors.length > 0) return again(errors);
      try {
        await database.transact(scopeOf(request), (tx) => form.record(tx, { id: transitionId, item, answers, today }));
      } catch (error) {
        if (!(error instanceof Refusal) || !['unprocessable', 'conflict', 'not-permitted'].includes(error.kind)) {
          throw error;
        }
        // What was typed is kept, and the reason stands above it.
        return again([{ href: '#deed', text: error.message }]);
      }
      return reply.redirect(`/staff/plan/transitions/${transitionId}`, 303);
    });
  }

  function showForm(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: {
      readonly form: DeedForm;
      readonly transition: Transition;
      readonly given: Readonly<Record<string, string | undefined>>;
      readonly errors: readonly { href: string; text: string }[];
    },
  ) {
    const { form, transition, given, errors } = shown;
    const address = `/staff/plan/transitions/${transition.id}`;
    const fields = form.fields({ transition, today: calendar.today() });
    return reply.page('plan/deed', {
      title: form.title,
      ...frame,
      wide: false,
      breadcrumbs: [...frame.breadcrumbs, { text: transition.name, href: address }],
      lead: form.lead,
      caption: `${transition.name}: move to ${transition.targetName}`,
      action: request.url.split('?')[0],
      fields: drawFields(fields, { given, errors, currency: transition.currency }),
      submit: form.submit,
      ...(errors.length > 0 ? { errors } : {}),
    });
  }
}

function orderOf({ state, promise }: PromisedTransition): string {
  return `${state === 'under way' ? 0 : 1} ${promise.decideBy ?? promise.beginsOn}`;
}

function rowOf(transition: PromisedTransition, today: string) {
  const { promise, begunOn, completedOn } = transition;
  const isLate = transition.state === 'planned' && promise.decideBy !== null && promise.decideBy < today;
  return {
    id: transition.id,
    name: transition.name,
    target: transition.targetName,
    tag: tagOf(transition),
    begins: formatDate(begunOn ?? promise.beginsOn),
    ends: formatDate(completedOn ?? promise.endsOn),
    decideBy: promise.decideBy === null ? 'Nothing to decide' : formatDate(promise.decideBy),
    hint: transition.noticeGivenOn !== null ? 'Notice given' : isLate ? 'The day has passed' : '',
    worth: roundMoney(promise.worth, transition.currency),
  };
}

function tagOf({ state }: Transition): { text: string; classes: string } {
  const colours = { planned: 'grey', 'under way': 'blue', completed: 'green', withdrawn: 'yellow' } as const;
  return { text: `${state.charAt(0).toUpperCase()}${state.slice(1)}`, classes: `govuk-tag--${colours[state]}` };
}

interface OldContract {
  readonly words: string;
  readonly presses: boolean;
  readonly mayGive: boolean;
  readonly mayTakeBack: boolean;
  readonly contract: string | null;
}

/** What there is to say of the old contract's notice, and whether it presses. */
function noticeOf(transition: Transition, promise: KeptPromise, contract: string | null, today: string): OldContract {
  const { noticeGivenOn, state, contractId } = transition;
  if (contractId === null || contract === null) {
    return {
      words: 'No contract is known for what moves.',
      presses: false,
      mayGive: false,
      mayTakeBack: false,
      contract: null,
    };
  }
  const isOpen = state === 'planned' || state === 'under way';
  const mayGive = noticeGivenOn === null && isOpen;
  const about = { mayGive, mayTakeBack: noticeGivenOn !== null && isOpen, contract };
  if (noticeGivenOn !== null) {
    return { ...about, words: `Notice was given on ${formatDate(noticeGivenOn)}.`, presses: false };
  }
  const action = promise.contractAction === null ? '' : `${wordsOfAction[promise.contractAction]}.`;
  if (promise.decideBy === null) return { ...about, words: action, presses: false };
  const isLate = promise.decideBy < today;
  const day = formatDate(promise.decideBy);
  return {
    ...about,
    words: isLate ? `${action} That was to be decided by ${day}.` : `${action} Decide by ${day}.`,
    presses: mayGive && promise.decideBy < addMonths(today, 3),
  };
}

function addMonths(day: string, months: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}

/** What was promised beside what happened, a row for each. */
function promisedRows(
  transition: Transition,
  promise: KeptPromise,
  { money, spent }: { money: (amount: number) => string; spent: number },
) {
  const day = (value: string | null): string => (value === null ? 'Not yet' : formatDate(value));
  const oneOff = promise.movingCost + promise.dualRunning + promise.exitFee;
  return [
    { label: 'Begins', promised: formatDate(promise.beginsOn), actual: day(transition.begunOn) },
    {
      label: 'First day without the old part',
      promised: formatDate(promise.endsOn),
      actual: day(transition.completedOn),
    },
    { label: 'Cost a year before', promised: money(promise.baseline), actual: '' },
    { label: 'Cost a year after', promised: money(promise.yearlyCost), actual: '' },
    { label: 'Cost of moving, once', promised: money(oneOff), actual: money(spent) },
    { label: 'The work of moving', promised: money(promise.movingCost), actual: '', isPart: true },
    { label: 'Running both', promised: money(promise.dualRunning), actual: '', isPart: true },
    { label: 'Leaving the old supplier', promised: money(promise.exitFee), actual: '', isPart: true },
    { label: 'Worth (present value)', promised: money(promise.worth), actual: '' },
  ];
}

/** Each quarter up to now, and the next four, with what was promised and what was stated of it. */
function savingRows(
  { currency, begunOn }: Transition,
  promises: readonly KeptPromise[],
  savings: Awaited<ReturnType<typeof listSavings>>,
  today: string,
) {
  const horizon = addMonths(today, 12);
  const from = begunOn ?? promises[0]?.beginsOn ?? today;
  const stated = Map.groupBy(savings, ({ quarter }) => quarter);
  const promised = quartersOf(promises);
  // What somebody stated is shown also where nothing was promised.
  const unpromised = [...stated.keys()]
    .filter((quarter) => !promised.some((each) => each.quarter === quarter))
    .map((quarter) => ({ quarter, cashable: 0, avoided: 0 }));
  return [...unpromised, ...promised]
    .filter(({ quarter }) => stated.has(quarter) || (daysOf(quarter).to >= from && daysOf(quarter).from <= horizon))
    .toSorted((one, other) => (one.quarter < other.quarter ? -1 : 1))
    .map(({ quarter, cashable, avoided }) => ({
      name: formatQuarter(quarter),
      promised: exactMoney(cashable + avoided, currency),
      promisedAvoided: avoided === 0 ? null : exactMoney(avoided, currency),
      stated: (stated.get(quarter) ?? []).map((saving) => ({
        ...saving,
        amount: exactMoney(saving.amount, currency),
        kindWords: saving.kind === 'cashable' ? 'Cashable' : 'Avoided',
      })),
    }));
}
