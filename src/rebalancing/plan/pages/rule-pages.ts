import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Rule } from '#estate';
import { components, formatDate, type PageError } from '#design';
import { personOf, scopeOf, type Server } from '#platform';
import { digitsOf, symbolOf } from '../currency.ts';
import { listPackPeriods, plannableRules, type RuleTreatment } from '../estate/spending-rules.ts';
import { readPlanSettings, savePlanSettings } from '../plans/settings.ts';
import { readMoney } from './fields.ts';
import { planFrame, planners, type PlanPagesDependencies } from './plan-frame.ts';

const body = Type.Record(Type.String(), Type.String({ maxLength: 100 }));
type Body = Readonly<Record<string, string | undefined>>;

/** The page on which a planner says which rules of spending plans honour, and which they may break at a price. */
export function addRulePages(server: Server, { database, calendar, settings }: PlanPagesDependencies): void {
  const { currency } = settings;

  server.get('/staff/plan/rules', { config: planners }, async (request, reply) => showRules(request, reply));

  server.post('/staff/plan/rules', { config: planners, schema: { body } }, async (request, reply) => {
    const errors = await database.transact(scopeOf(request), async (tx) => {
      const set = await readPlanSettings(tx, calendar.today());
      const rules = plannableRules(await listPackPeriods(tx, set));
      const { treatments, errors: found } = readTreatments(rules, request.body, currency);
      if (found.length === 0) await savePlanSettings(tx, { ...set, rules: treatments }, personOf(request).name);
      return found;
    });
    if (errors.length > 0) return showRules(request, reply.code(422), { given: request.body, errors });
    return reply.redirect('/staff/plan', 303);
  });

  async function showRules(
    request: FastifyRequest,
    reply: FastifyReply,
    sent?: { readonly given: Body; readonly errors: readonly PageError[] },
  ) {
    const { set, periods } = await database.transact(scopeOf(request), async (tx) => {
      const known = await readPlanSettings(tx, calendar.today());
      return { set: known, periods: await listPackPeriods(tx, known) };
    });
    const rules = plannableRules(periods);
    const given: Body =
      sent?.given ?? Object.fromEntries(rules.flatMap(({ key }) => shownOf(key, set.rules[key], currency)));
    return reply.page('plan/rules', {
      title: 'Rules of spending in plans',
      ...planFrame,
      wide: false,
      packs: periods.map(({ pack, from }) => ({
        name: pack.name,
        source: pack.source,
        from: formatDate(from > set.startsOn ? from : pack.from),
        approvals: wordsOfApprovals(pack),
        isLater: from > set.startsOn,
      })),
      startsOn: formatDate(set.startsOn),
      fields: rules.map((rule) => drawRule(rule, { given, errors: sent?.errors ?? [], currency })).join('\n'),
      ...(sent === undefined ? {} : { errors: sent.errors }),
    });
  }
}

/** What a pack says of approvals; null where it asks for none. */
function wordsOfApprovals(pack: {
  readonly rules: readonly Rule[];
  readonly approver?: string;
  readonly approvalMonths?: number;
}): string | null {
  if (!pack.rules.some(({ kind, applies }) => kind === 'approval' && applies)) return null;
  const months = pack.approvalMonths ?? 0;
  const time =
    months === 0
      ? 'at once'
      : months === 1
        ? 'a month after they are asked for'
        : `${months} months after they are asked for`;
  return `Approvals are given ${pack.approver === undefined ? '' : `by the ${pack.approver} `}${time}.`;
}

/** What honouring a rule does to a plan. */
function hintOf(rule: Rule): string {
  switch (rule.kind) {
    case 'value limit':
      return 'No contract is extended or moved to that would come to more. What is bought again is bought in several contracts.';
    case 'no automatic extension':
      return 'Notice is given in time, wherever there is still time.';
    case 'no like-for-like extension':
      return 'No option on the same terms is taken.';
    case 'term limit':
      return 'Nothing of it runs for longer. It is bought again for a shorter time, or moved.';
    case 'separate roles':
      return 'Of two contracts of one supplier the one that ends first is not carried on. It is bought from somebody else, or moved.';
    case 'approval':
      return 'It forbids nothing. Each approval is listed with the day to ask for it, and nothing begins before it can be there.';
  }
}

function drawRule(
  rule: Rule,
  { given, errors, currency }: { given: Body; errors: readonly PageError[]; currency: string },
): string {
  const { key, words } = rule;
  const treatment = given[`rule-${key}`] ?? 'leave out';
  const error = errors.find(({ href }) => href === `#price-${key}`)?.text;
  const isApproval = rule.kind === 'approval';
  return components.radios({
    idPrefix: `rule-${key}`,
    name: `rule-${key}`,
    fieldset: { legend: { text: words, classes: 'govuk-fieldset__legend--s' } },
    items: [
      { value: 'leave out', text: 'Leave it out', checked: treatment !== 'honour' && treatment !== 'price' },
      {
        value: 'honour',
        text: isApproval ? 'Wait for the approval' : 'Honour it',
        hint: { text: hintOf(rule) },
        checked: treatment === 'honour',
      },
      {
        value: 'price',
        text: isApproval ? 'It may begin before it is approved, at a price' : 'It may be broken at a price',
        checked: treatment === 'price',
        conditional: {
          html: components.input({
            id: `price-${key}`,
            name: `price-${key}`,
            label: { text: isApproval ? 'Price each time' : 'Price of each breach' },
            prefix: { text: symbolOf(currency) },
            inputmode: 'decimal',
            classes: 'govuk-input--width-10',
            value: given[`price-${key}`] ?? '0',
            ...(error === undefined ? {} : { errorMessage: { text: error } }),
          }),
        },
      },
    ],
  });
}

function shownOf(key: string, treatment: RuleTreatment | undefined, currency: string): [string, string][] {
  if (treatment === undefined) return [];
  return [
    [`rule-${key}`, treatment.treatment],
    [`price-${key}`, String(treatment.price / 10 ** digitsOf(currency))],
  ];
}

function readTreatments(
  rules: readonly Rule[],
  given: Body,
  currency: string,
): { readonly treatments: Record<string, RuleTreatment>; readonly errors: readonly PageError[] } {
  const treatments: Record<string, RuleTreatment> = {};
  const errors: PageError[] = [];
  for (const { key, words } of rules) {
    const treatment = given[`rule-${key}`];
    if (treatment !== 'honour' && treatment !== 'price') continue;
    const text = (given[`price-${key}`] ?? '').trim();
    const price = treatment === 'honour' ? 0 : readMoney(text, currency);
    if (price === undefined || price < 0)
      errors.push({ href: `#price-${key}`, text: `${words}: enter the price of a breach, such as 50000` });
    else treatments[key] = { treatment, price };
  }
  return { treatments, errors };
}
