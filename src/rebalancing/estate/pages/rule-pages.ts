import { Type } from 'typebox';
import { formatDate } from '#design';
import { isDay, Problem, type Server } from '#platform';
import type { Breach } from '../rules/breaches.ts';
import { listRulePacks, packOn, saveRulePack } from '../rules/rule-packs.ts';
import type { Rule, RulePack } from '../rules/packs.ts';
import { readEstate } from '../whole-estate.ts';
import { pageOf } from './pages-of-a-list.ts';
import { field, openEstate, params, places, type EstatePages } from './places.ts';
import { exactMoney, plural, readAmount, shortMoney } from './words.ts';

const ofPack = Type.Object({ packKey: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 100 }) });
const body = Type.Record(Type.String(), Type.String({ maxLength: 500 }));

/** How many cases of each rule stand on the page of all rules, and on a page of one rule. */
const fewCases = 5;
const pageLength = 50;

/** What the rules of technology spending say of the contracts, and the packs of rules themselves. */
export function addRulePages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(
      `${place.path}/rules`,
      {
        config: place.reading,
        schema: { params, querystring: Type.Object({ on: field, rule: field, page: field, done: field }) },
      },
      async (request, reply) => {
        const asAt = pages.calendar.today();
        const packs = await openEstate(pages, request, place, { current: '/rules' }, (tx) => listRulePacks(tx));
        const asked = packs.find((pack) => pack.key === request.query.on);
        const on = asked?.from ?? asAt;
        const { standing, estate } = await openEstate(
          pages,
          request,
          place,
          { current: '/rules' },
          async (tx, open) => ({
            standing: open,
            estate: await readEstate(tx, asAt, on),
          }),
        );
        const contracts = new Map(estate.contracts.map((contract) => [contract.id, contract]));
        const costOf = (breach: Breach): number =>
          breach.contractIds.reduce((sum, contractId) => sum + (contracts.get(contractId)?.yearlyCost ?? 0), 0);
        const groups = [...Map.groupBy(estate.breaches, (breach) => breach.rule.key)].toSorted(
          ([, one], [, other]) => Number(one[0]?.kind === 'approval') - Number(other[0]?.kind === 'approval'),
        );
        const addressOf = (of: Record<string, string | undefined>): string => {
          const wanted = new URLSearchParams();
          for (const [name, value] of Object.entries({ on: asked?.key, ...of }))
            if (value !== undefined) wanted.set(name, value);
          return `${standing.base}/rules${wanted.size === 0 ? '' : `?${wanted.toString()}`}`;
        };
        const only = groups.find(([key]) => key === request.query.rule);
        const number = pageOf(request.query.page, only?.[1].length ?? 0, pageLength);
        const shown = (only === undefined ? groups : [only]).map(([key, breaches]) => {
          const most = only === undefined ? fewCases : pageLength;
          const from = only === undefined ? 0 : (number - 1) * pageLength;
          return {
            words: breaches[0]?.rule.words,
            source: breaches[0]?.rule.source,
            kind: breaches[0]?.kind,
            count: plural(breaches.length, 'case'),
            cost: shortMoney(
              breaches.reduce((sum, breach) => sum + costOf(breach), 0),
              pages.currency,
            ),
            allHref: only === undefined && breaches.length > fewCases ? addressOf({ rule: key }) : null,
            previous: only !== undefined && number > 1 ? addressOf({ rule: key, page: String(number - 1) }) : undefined,
            next:
              only !== undefined && from + most < breaches.length
                ? addressOf({ rule: key, page: String(number + 1) })
                : undefined,
            cases: breaches
              .toSorted((one, other) => costOf(other) - costOf(one))
              .slice(from, from + most)
              .map((breach) => ({
                reason: breach.reason,
                cost: shortMoney(costOf(breach), pages.currency),
                contracts: breach.contractIds.slice(0, 6).flatMap((contractId) => contracts.get(contractId) ?? []),
                others: Math.max(0, breach.contractIds.length - 6),
              })),
          };
        });
        return reply.page('estate/rules', {
          title: 'Rules',
          ...standing.frame,
          notice: request.query.done === undefined ? undefined : { type: 'success', heading: 'The rules were kept' },
          pack: estate.pack,
          inForce: estate.pack !== null && estate.pack === packOn(packs, asAt),
          span:
            estate.pack === null
              ? ''
              : `From ${formatDate(estate.pack.from)}${estate.pack.until === null ? '' : ` to ${formatDate(estate.pack.until)}`}`,
          packs: packs.map((pack) => ({ name: pack.name, key: pack.key, current: pack.key === estate.pack?.key })),
          mayChange: standing.mayEdit && standing.place === 'government',
          groups: shown,
          allRules: only === undefined ? null : addressOf({}),
          asked: (estate.pack?.rules ?? []).map(({ words, source, applies }) => ({ words, source, applies })),
        });
      },
    );
  }

  const [place] = places;
  if (place === undefined) return;
  server.get(
    `${place.path}/rules/:packKey`,
    { config: place.editing, schema: { params: ofPack } },
    async (request, reply) => {
      const { standing, pack } = await openEstate(pages, request, place, { current: '/rules' }, async (tx, open) => ({
        standing: open,
        pack: (await listRulePacks(tx)).find((each) => each.key === request.params.packKey),
      }));
      if (pack === undefined) throw new Problem('not-found');
      return reply.page('estate/rule-pack', {
        title: pack.name,
        ...standing.frame,
        pack,
        ...formOf(pack),
        action: `${standing.base}/rules/${pack.key}`,
      });
    },
  );

  server.post(
    `${place.path}/rules/:packKey`,
    { config: place.editing, schema: { params: ofPack, body } },
    async (request, reply) => {
      const sent = request.body;
      const answer = await openEstate(pages, request, place, { current: '/rules' }, async (tx, standing) => {
        const pack = (await listRulePacks(tx)).find((each) => each.key === request.params.packKey);
        if (pack === undefined) throw new Problem('not-found');
        const errors: { href: string; text: string }[] = [];
        const name = (sent['name'] ?? '').trim();
        const from = (sent['from'] ?? '').trim();
        const until = (sent['until'] ?? '').trim();
        if (name === '') errors.push({ href: '#name', text: 'Enter what the rules are called' });
        if (!isDay(from))
          errors.push({ href: '#from', text: 'Enter the first day as a real date, such as 2014-01-24' });
        if (until !== '' && (!isDay(until) || until < from))
          errors.push({ href: '#until', text: 'Enter the last day as a real date after the first, or leave it empty' });
        const approver = (sent['approver'] ?? '').trim();
        const approvalMonths = readMonths(sent['approvalMonths'] ?? '');
        if (approver.length > 200)
          errors.push({ href: '#approver', text: 'Enter who gives approvals in 200 characters or fewer' });
        if (approvalMonths === undefined)
          errors.push({
            href: '#approvalMonths',
            text: 'Enter how long an approval takes in whole months, from 0 to 36',
          });
        const rules = pack.rules.map((rule) => {
          const applies = sent[`${rule.key}-applies`] === 'yes';
          const typed = sent[`${rule.key}-amount`];
          if (typed === undefined) return { ...rule, applies };
          if (rule.kind === 'term limit') {
            const months = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : 0;
            if (months < 1)
              errors.push({ href: `#${rule.key}-amount`, text: `${rule.words}: enter a number of months` });
            return { ...rule, ...sourceOf(rule, months !== rule.months), applies, months };
          }
          if (rule.kind !== 'approval' && rule.kind !== 'value limit') return { ...rule, applies };
          const threshold = readAmount(typed, pack.currency);
          if (threshold === undefined || threshold === null || threshold < 0) {
            errors.push({ href: `#${rule.key}-amount`, text: `${rule.words}: enter an amount` });
            return rule;
          }
          return { ...rule, ...sourceOf(rule, threshold !== rule.threshold), applies, threshold };
        });
        // Under another name it is a pack of its own, beside the one that it was made from.
        const key =
          name === pack.name
            ? pack.key
            : name
                .toLowerCase()
                .replaceAll(/[^a-z0-9]+/g, '-')
                .replaceAll(/^-|-$/g, '');
        if (name !== '' && key === '')
          errors.push({ href: '#name', text: 'Enter a name with letters of the Latin alphabet' });
        const { approver: _before, ...rest } = pack;
        const changed: RulePack = {
          ...rest,
          key,
          name,
          source: (sent['source'] ?? '').trim() || pack.source,
          from,
          until: until === '' ? null : until,
          addsUp: sent['addsUp'] === 'yes',
          ...(approver === '' ? {} : { approver }),
          approvalMonths: approvalMonths ?? 0,
          rules,
        };
        if (errors.length === 0) await saveRulePack(tx, changed);
        return { standing, changed, errors, pack };
      });
      if (answer.errors.length === 0)
        return reply.redirect(`${answer.standing.base}/rules?on=${answer.changed.key}&done=saved`, 303);
      return reply.code(422).page('estate/rule-pack', {
        title: answer.pack.name,
        ...answer.standing.frame,
        pack: answer.changed,
        ...formOf(answer.changed),
        approvalMonths: sent['approvalMonths'],
        errors: answer.errors,
        action: request.url,
      });
    },
  );
}

/** Whole months, 0 for nothing; undefined for what is none. */
function readMonths(text: string): number | undefined {
  const plain = text.trim();
  if (plain === '') return 0;
  return /^\d{1,2}$/.test(plain) && Number(plain) <= 36 ? Number(plain) : undefined;
}

/** Where a rule comes from: one whose amount was changed here no longer says what its source says. */
function sourceOf({ source }: Rule, isChanged: boolean): { source?: string } {
  const mark = 'The amount was changed here';
  if (source === undefined || !isChanged || source.startsWith(mark)) return {};
  return { source: `${mark}. Before: ${source}` };
}

function formOf(pack: RulePack) {
  return {
    approvalMonths: String(pack.approvalMonths ?? 0),
    rules: pack.rules.map((rule) => ({
      key: rule.key,
      words: rule.words,
      applies: rule.applies,
      unit: rule.kind === 'term limit' ? 'months' : pack.currency,
      amount:
        rule.kind === 'term limit'
          ? String(rule.months)
          : rule.kind === 'approval' || rule.kind === 'value limit'
            ? exactMoney(rule.threshold, pack.currency).replaceAll(/[^\d.,]/g, '')
            : null,
    })),
  };
}
