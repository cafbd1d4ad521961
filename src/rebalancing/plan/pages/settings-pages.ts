import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { formatDate, formatNumber, type PageError } from '#design';
import { personOf, scopeOf, type Server } from '#platform';
import type { PlanSettings } from '../estate/estate-problem.ts';
import { digitsOf } from '../currency.ts';
import { readPlanSettings, savePlanSettings } from '../plans/settings.ts';
import { drawFields, numberOf, readFields, shownDay, textOf, type Answers, type Field } from './fields.ts';
import { exactMoney } from './money.ts';
import { planFrame, planners, type PlanPagesDependencies } from './plan-frame.ts';

const body = Type.Record(Type.String(), Type.String({ maxLength: 200 }));

const settingsForm: readonly Field[] = [
  {
    name: 'startsOn',
    label: 'First day of the plan',
    hint: 'The first day of a quarter, for example, 1 1 2027',
    kind: 'day',
  },
  {
    name: 'quarters',
    label: 'Quarters',
    hint: 'From 1 to 60. What is saved after them does not count',
    kind: 'whole',
    least: 1,
    most: 60,
  },
  {
    name: 'discountRate',
    label: 'Discount rate',
    hint: 'By how much less a year’s wait makes money worth. The United Kingdom’s Green Book takes 3.5%',
    kind: 'number',
    suffix: '% a year',
    least: 0,
    most: 100,
  },
  {
    name: 'departmentWeeks',
    label: 'Work that each department can give to moves',
    hint: 'One person is 13 weeks a quarter',
    kind: 'number',
    suffix: 'person-weeks a quarter',
    least: 0,
    most: 1_000_000,
  },
  {
    name: 'teamWeeks',
    label: 'Work that each component’s team can give',
    kind: 'number',
    suffix: 'person-weeks a quarter',
    least: 0,
    most: 1_000_000,
  },
  {
    name: 'yearlyBudget',
    label: 'What moves may cost in a year',
    hint: 'Leave it empty if nothing limits it',
    kind: 'money',
    optional: true,
    least: 0,
  },
  {
    name: 'mayTerminate',
    label: 'May contracts be ended early, at their fee?',
    kind: 'radios',
    choices: [
      ['yes', 'Yes'],
      ['no', 'No'],
    ],
  },
];

/** What a government sets for its plans: the horizon, the work that there is, what it may cost. */
export function addSettingsPages(server: Server, { database, calendar, settings }: PlanPagesDependencies): void {
  const { currency } = settings;

  server.get('/staff/plan/settings', { config: planners }, async (request, reply) => {
    const known = await database.transact(scopeOf(request), (tx) => readPlanSettings(tx, calendar.today()));
    return show(reply, givenOf(known, currency), []);
  });

  server.post('/staff/plan/settings', { config: planners, schema: { body } }, async (request, reply) => {
    const { answers, errors } = readFields(settingsForm, request.body, currency);
    if (errors.length > 0) return show(reply.code(422), request.body, errors);
    await database.transact(scopeOf(request), async (tx) => {
      const { rules } = await readPlanSettings(tx, calendar.today());
      await savePlanSettings(tx, { ...settingsOf(answers), rules }, personOf(request).name);
    });
    return reply.redirect('/staff/plan', 303);
  });

  function show(
    reply: FastifyReply,
    given: Readonly<Record<string, string | undefined>>,
    errors: readonly PageError[],
  ) {
    return reply.page('plan/deed', {
      title: 'Settings of plans',
      ...planFrame,
      wide: false,
      lead: 'They hold for the next plan that is looked for. Plans that were found or adopted stay as they are.',
      action: '/staff/plan/settings',
      fields: drawFields(settingsForm, { given, errors, currency }),
      submit: 'Save settings',
      ...(errors.length > 0 ? { errors } : {}),
    });
  }
}

/** The settings as rows of a summary. @param currency of the yearly budget */
export function settingsInWords(set: PlanSettings, currency: string): { label: string; value: string }[] {
  const weeks = (count: number): string => `${formatNumber(count)} person-weeks a quarter`;
  return [
    { label: 'First day', value: formatDate(set.startsOn) },
    { label: 'Quarters', value: String(set.quarters) },
    { label: 'Discount rate', value: `${percentOf(set.discountRate)}% a year` },
    { label: 'Work of each department', value: weeks(set.departmentWeeks) },
    { label: 'Work of each component’s team', value: weeks(set.teamWeeks) },
    {
      label: 'What moves may cost in a year',
      value: set.yearlyBudget === null ? 'Nothing limits it' : exactMoney(set.yearlyBudget, currency),
    },
    { label: 'Contracts may be ended early', value: set.mayTerminate ? 'Yes, at their fee' : 'No' },
    { label: 'Rules of spending', value: rulesInWords(set) },
  ];
}

function rulesInWords({ rules }: PlanSettings): string {
  const count = (treatment: 'honour' | 'price'): number =>
    Object.values(rules).filter((each) => each?.treatment === treatment).length;
  const [honoured, priced] = [count('honour'), count('price')];
  return honoured + priced === 0 ? 'All are left out' : `${honoured} honoured, ${priced} may be broken at a price`;
}

function givenOf(set: PlanSettings, currency: string): Record<string, string> {
  return {
    ...shownDay('startsOn', set.startsOn),
    quarters: String(set.quarters),
    discountRate: String(percentOf(set.discountRate)),
    departmentWeeks: String(set.departmentWeeks),
    teamWeeks: String(set.teamWeeks),
    yearlyBudget: set.yearlyBudget === null ? '' : String(set.yearlyBudget / 10 ** digitsOf(currency)),
    mayTerminate: set.mayTerminate ? 'yes' : 'no',
  };
}

function settingsOf(answers: Answers): Omit<PlanSettings, 'rules'> {
  return {
    startsOn: textOf(answers, 'startsOn'),
    quarters: numberOf(answers, 'quarters') ?? 0,
    discountRate: (numberOf(answers, 'discountRate') ?? 0) / 100,
    departmentWeeks: numberOf(answers, 'departmentWeeks') ?? 0,
    teamWeeks: numberOf(answers, 'teamWeeks') ?? 0,
    yearlyBudget: numberOf(answers, 'yearlyBudget'),
    mayTerminate: textOf(answers, 'mayTerminate') === 'yes',
  };
}

function percentOf(share: number): number {
  return Math.round(share * 10_000) / 100;
}
