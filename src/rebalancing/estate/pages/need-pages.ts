import { Type } from 'typebox';
import { formatDate, formatNumber } from '#design';
import { Problem, type Server } from '#platform';
import { aboutAreas, aboutWays, areas, ways } from '../areas.ts';
import { listRanges, usualRange } from '../estimates/estimate-ranges.ts';
import { findCommonNeeds } from '../needs/common-needs.ts';
import { listNeeds, saveNeed } from '../needs/needs.ts';
import { listTargets } from '../needs/targets.ts';
import { listSales } from '../suppliers/sales.ts';
import { listSystems } from '../systems/systems.ts';
import { drawForm, readSent } from './asked.ts';
import type { Answer, FormField } from './form-fields.ts';
import { pageOf } from './pages-of-a-list.ts';
import { body, field, ofNeed, openEstate, params, places, type EstatePages } from './places.ts';
import { costsInWords, rangeInWords } from './target-words.ts';
import { plural, shortMoney } from './words.ts';

/** Of so many suppliers it is shown who sold to many, and so many separate customers are many. */
const mostSales = 10;
const manyCustomers = 5;

/** So many systems that meet a need stand on a page: the dearest first. */
const length = 50;

const needForm: readonly FormField[] = [
  { name: 'name', label: 'Name', kind: 'text' },
  { name: 'description', label: 'What it is', kind: 'words' },
  { name: 'area', label: 'Area', kind: 'choice', choices: areas.map((area) => [area, aboutAreas[area].name]) },
  {
    name: 'usualWay',
    label: 'Usual way to meet it',
    kind: 'choice',
    choices: ways.map((way) => [way, aboutWays[way]]),
  },
  {
    name: 'words',
    label: 'Words by which it is recognised',
    kind: 'words',
    hint: 'In names and descriptions of systems',
  },
];

/** Common needs: who meets each with what at what cost, and what it would cost on the common way. */
export function addNeedPages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(`${place.path}/needs`, { config: place.reading, schema: { params } }, async (request, reply) => {
      const { standing, found, sales } = await openEstate(
        pages,
        request,
        place,
        { current: '/needs' },
        async (tx, open) => ({
          standing: open,
          found: findCommonNeeds(await listSystems(tx), await listNeeds(tx), await listTargets(tx)),
          sales: (await listSales(tx, mostSales)).filter(({ customers }) => customers >= manyCustomers),
        }),
      );
      const met = found.filter((each) => each.meets.length > 0);
      return reply.page('estate/needs', {
        title: 'Needs',
        ...standing.frame,
        mayAdd: standing.mayEdit && standing.place === 'government',
        isEmpty: met.length === 0,
        figures: [
          { label: 'Needs that are met', value: String(met.length) },
          { label: 'Met by several departments', value: String(met.filter((each) => each.departments > 1).length) },
          {
            label: 'To save a year',
            value: shortMoney(
              met.reduce((sum, each) => sum + (each.saving ?? 0), 0),
              pages.currency,
            ),
            hint: 'where a common way has costs',
          },
        ],
        list: {
          caption: 'Needs',
          captionHidden: true,
          head: [
            { text: 'Need' },
            { text: 'Met by' },
            { text: 'Cost a year', format: 'numeric' as const },
            { text: 'On the common way', format: 'numeric' as const },
            { text: 'To save a year', format: 'numeric' as const },
          ],
          rows: met.map((each) => [
            {
              text: each.need.name,
              href: `${standing.base}/needs/${each.need.key}`,
              hint: aboutWays[each.need.usualWay],
            },
            { text: `${plural(each.meets.length, 'system')} in ${plural(each.departments, 'department')}` },
            { text: shortMoney(each.cost, pages.currency) },
            { text: each.commonCost === null ? 'Not known' : shortMoney(each.commonCost, pages.currency) },
            { text: each.saving === null ? 'Not known' : shortMoney(each.saving, pages.currency) },
          ]),
        },
        sales: {
          caption: 'Suppliers by how many separate customers bought from them',
          captionHidden: true,
          head: [
            { text: 'Supplier' },
            { text: 'Separate customers', format: 'numeric' as const },
            { text: 'Lines of spend', format: 'numeric' as const },
            { text: 'Paid', format: 'numeric' as const },
          ],
          rows: sales.map((each) => [
            { text: each.supplierName, href: `${standing.base}/suppliers/${each.supplierId}` },
            { text: formatNumber(each.customers) },
            { text: formatNumber(each.lines) },
            {
              text: shortMoney(each.amount, each.currency),
              hint: `${formatDate(each.from)} to ${formatDate(each.to)}`,
            },
          ]),
        },
        unmet: found
          .filter((each) => each.meets.length === 0)
          .map((each) => ({ name: each.need.name, href: `${standing.base}/needs/${each.need.key}` })),
      });
    });

    server.get(
      `${place.path}/needs/:needKey`,
      { config: place.reading, schema: { params: ofNeed, querystring: Type.Object({ done: field, page: field }) } },
      async (request, reply) => {
        const { standing, each, targets, ranges } = await openEstate(
          pages,
          request,
          place,
          { current: '/needs' },
          async (tx, open) => {
            const all = await listTargets(tx);
            const found = findCommonNeeds(await listSystems(tx), await listNeeds(tx), all).find(
              (one) => one.need.key === request.params.needKey,
            );
            if (found === undefined) throw new Problem('not-found');
            return {
              standing: open,
              each: found,
              targets: all.filter((target) => target.needKey === found.need.key),
              ranges: await listRanges(tx),
            };
          },
        );
        const number = pageOf(request.query.page, each.meets.length, length);
        const from = (number - 1) * length;
        const shown = each.meets.slice(from, from + length);
        const addressOf = (page: number): string => `${standing.base}/needs/${each.need.key}?page=${page}#systems`;
        return reply.page('estate/need', {
          title: each.need.name,
          ...standing.frame,
          notice: request.query.done === undefined ? undefined : { type: 'success', heading: 'It was kept' },
          need: each.need,
          address: `${standing.base}/needs/${each.need.key}`,
          mayChange: standing.mayEdit && standing.place === 'government',
          area: aboutAreas[each.need.area].name,
          way: aboutWays[each.need.usualWay],
          target: each.target,
          figures: [
            { label: 'Cost a year', value: shortMoney(each.cost, pages.currency) },
            {
              label: 'On the common way',
              value: each.commonCost === null ? 'Not known' : shortMoney(each.commonCost, pages.currency),
            },
            {
              label: 'To save a year',
              value: each.saving === null ? 'Not known' : shortMoney(each.saving, pages.currency),
            },
          ],
          targets: targets.map((target) => ({
            name: target.name,
            way: aboutWays[target.way],
            href: `${standing.base}/needs/${each.need.key}/targets/${target.id}`,
            ...costsInWords(target),
            range: rangeInWords(ranges.get(target.id) ?? usualRange),
            isUsual: !ranges.has(target.id),
            source: target.source,
          })),
          list: {
            caption: 'Who meets it',
            captionHidden: true,
            head: [
              { text: 'System' },
              { text: 'Department' },
              { text: 'Cost a year', format: 'numeric' as const },
              { text: 'On the common way', format: 'numeric' as const },
            ],
            rows: shown.map((meets) => [
              {
                text: meets.system.name,
                href: `${standing.base}/systems/${meets.system.id}`,
                hint: meets.partKinds.join(', '),
              },
              { text: meets.system.departmentName },
              { text: shortMoney(meets.cost, meets.system.currency) },
              { text: meets.commonCost === null ? 'Not known' : shortMoney(meets.commonCost, meets.system.currency) },
            ]),
          },
          summary:
            each.meets.length > length
              ? `${formatNumber(from + 1)} to ${formatNumber(from + shown.length)} of ${plural(each.meets.length, 'system')}, the dearest first.`
              : undefined,
          previous: number > 1 ? addressOf(number - 1) : undefined,
          next: from + length < each.meets.length ? addressOf(number + 1) : undefined,
        });
      },
    );
  }

  // The taxonomy and the common ways are the government's: a department sees them, and does not change them.
  const [place] = places;
  if (place === undefined) return;
  for (const path of ['/needs/:needKey/edit', '/needs-new'] as const) {
    server.get(
      `${place.path}${path}`,
      { config: place.editing, schema: { params: Type.Object({ needKey: field }) } },
      async (request, reply) => {
        const { needKey } = request.params;
        const { standing, need } = await openEstate(pages, request, place, { current: '/needs' }, async (tx, open) => ({
          standing: open,
          need: needKey === undefined ? undefined : (await listNeeds(tx)).find((each) => each.key === needKey),
        }));
        if (needKey !== undefined && need === undefined) throw new Problem('not-found');
        const heading = need === undefined ? 'Add a need' : `Change ${need.name}`;
        return reply.page('estate/form', {
          title: heading,
          ...standing.frame,
          heading,
          action: need === undefined ? `${standing.base}/needs` : `${standing.base}/needs/${need.key}`,
          form: drawForm(needForm, need === undefined ? {} : { ...need, words: need.words.join(' ') }),
          submit: 'Keep it',
        });
      },
    );
  }

  for (const path of ['/needs/:needKey', '/needs'] as const) {
    server.post(
      `${place.path}${path}`,
      { config: place.editing, schema: { params: Type.Object({ needKey: field }), body } },
      async (request, reply) => {
        const { needKey } = request.params;
        const answer = await openEstate(pages, request, place, { current: '/needs' }, async (tx, standing) => {
          const { said, errors } = readSent(needForm, request.body, {}, 'all');
          const area = areas.find((each) => each === said['area']);
          const usualWay = ways.find((each) => each === said['usualWay']);
          if (typeof said['name'] !== 'string') errors.push({ href: '#name', text: 'Enter what the need is called' });
          if (area === undefined) errors.push({ href: '#area', text: 'Choose an area' });
          if (usualWay === undefined) errors.push({ href: '#usualWay', text: 'Choose the usual way to meet it' });
          if (errors.length > 0 || area === undefined || usualWay === undefined) return { standing, errors, key: '' };
          const known = needKey === undefined ? undefined : (await listNeeds(tx)).find((each) => each.key === needKey);
          if (needKey !== undefined && known === undefined) throw new Problem('not-found');
          const key = await saveNeed(tx, {
            key: needKey ?? null,
            name: textOf(said['name']),
            description: textOf(said['description']),
            area,
            usualWay,
            component: known?.component ?? null,
            words: textOf(said['words'])
              .split(/[\s,]+/)
              .filter((word) => word !== ''),
          });
          return { standing, errors, key };
        });
        if (answer.key !== '') return reply.redirect(`${answer.standing.base}/needs/${answer.key}?done=saved`, 303);
        return reply.code(422).page('estate/form', {
          title: 'A need',
          ...answer.standing.frame,
          heading: needKey === undefined ? 'Add a need' : 'Change the need',
          action: request.url,
          errors: answer.errors,
          form: drawForm(needForm, {}, { body: request.body, errors: answer.errors }),
          submit: 'Keep it',
        });
      },
    );
  }
}

function textOf(answer: Answer | undefined): string {
  return typeof answer === 'string' ? answer : '';
}
