import { Type } from 'typebox';
import { components, formatDate } from '#design';
import { personOf, Problem as Refusal, scopeOf, type Server } from '#platform';
import { digitsOf, symbolOf } from '../currency.ts';
import { listPlannableRules, type RuleTreatment } from '../estate/spending-rules.ts';
import { readPlanSettings, savePlanSettings } from '../plans/settings.ts';
import { readMoney } from './fields.ts';
import { planFrame, planners, type PlanPagesDependencies } from './plan-frame.ts';

const body = Type.Record(Type.String(), Type.String({ maxLength: 100 }));

/** The page on which a planner says which rules of spending plans honour, and which they may break at a price. */
export function addRulePages(server: Server, { database, calendar, settings }: PlanPagesDependencies): void {
  const { currency } = settings;

  server.get('/staff/plan/rules', { config: planners }, async (request, reply) => {
    const { set, pack, rules } = await database.transact(scopeOf(request), async (tx) => {
      const known = await readPlanSettings(tx, calendar.today());
      return { set: known, ...(await listPlannableRules(tx, known.startsOn)) };
    });
    const shown = (treatment: RuleTreatment | undefined): string => treatment?.treatment ?? 'leave out';
    return reply.page('plan/rules', {
      title: 'Rules of spending in plans',
      ...planFrame,
      wide: false,
      pack: pack === null ? null : { name: pack.name, source: pack.source, from: formatDate(pack.from) },
      startsOn: formatDate(set.startsOn),
      fields: rules
        .map(({ key, words }) =>
          components.radios({
            idPrefix: `rule-${key}`,
            name: `rule-${key}`,
            fieldset: { legend: { text: words, classes: 'govuk-fieldset__legend--s' } },
            items: [
              { value: 'leave out', text: 'Leave it out', checked: shown(set.rules[key]) === 'leave out' },
              { value: 'honour', text: 'Honour it', checked: shown(set.rules[key]) === 'honour' },
              {
                value: 'price',
                text: 'It may be broken at a price',
                checked: shown(set.rules[key]) === 'price',
                conditional: {
                  html: components.input({
                    id: `price-${key}`,
                    name: `price-${key}`,
                    label: { text: 'Price of each breach' },
                    prefix: { text: symbolOf(currency) },
                    classes: 'govuk-input--width-10',
                    value: String((set.rules[key]?.price ?? 0) / 10 ** digitsOf(currency)),
                  }),
                },
              },
            ],
          }),
        )
        .join('\n'),
    });
  });

  server.post('/staff/plan/rules', { config: planners, schema: { body } }, async (request, reply) => {
    await database.transact(scopeOf(request), async (tx) => {
      const set = await readPlanSettings(tx, calendar.today());
      const { rules } = await listPlannableRules(tx, set.startsOn);
      const treatments: Record<string, RuleTreatment> = {};
      for (const { key, words } of rules) {
        const treatment = request.body[`rule-${key}`];
        if (treatment !== 'honour' && treatment !== 'price') continue;
        const text = request.body[`price-${key}`] ?? '';
        const price = treatment === 'honour' ? 0 : readMoney(text, currency);
        if (price === undefined || price < 0) {
          throw new Refusal('unprocessable', {
            title: 'The rules were not saved',
            message: `The price of “${words}” cannot be "${text}". Go back and use an amount such as 50000.`,
          });
        }
        treatments[key] = { treatment, price };
      }
      await savePlanSettings(tx, { ...set, rules: treatments }, personOf(request).name);
    });
    return reply.redirect('/staff/plan', 303);
  });
}
