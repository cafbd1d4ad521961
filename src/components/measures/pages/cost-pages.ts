import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { formatDate, formatDateTime } from '#design';
import { getService, type Frames } from '#organisations';
import { formatMoney, isDay, Problem, scopeOf, type Calendar, type Database, type Server } from '#platform';
import { costKinds, qualities } from '../costs/costs.ts';
import { correctCost, enterCost, listCosts, type CostValues, type EnteredCost } from '../costs/entered-costs.ts';
import { channels, type Channel } from '../recording/transactions.ts';

/** The page of a service's costs in its navigation. */
export const costsPage = { text: 'Costs', path: '/costs', roles: ['service manager', 'digital leader'] } as const;

const id = Type.String({ format: 'uuid' });
/** Chosen in place of a channel: all share it, by parts of a hundred that are stated. */
const statedShares = 'stated parts';

function shareField(channel: Channel): string {
  return `share-${channel.replaceAll(' ', '-')}`;
}

const field = Type.Optional(Type.String({ maxLength: 1000 }));
const body = Type.Object({
  kind: field,
  channel: field,
  amount: field,
  quality: field,
  evidence: field,
  reason: field,
  revision: field,
  ...Object.fromEntries(channels.map((channel) => [shareField(channel), field])),
  ...Object.fromEntries(
    ['from', 'to'].flatMap((which) => ['day', 'month', 'year'].map((part) => [`${which}-${part}`, field])),
  ),
});
type Body = Readonly<Record<string, string | undefined>>;
interface PageError {
  readonly href: string;
  readonly text: string;
}

/** What a service costs, as its manager enters and corrects it. Each correction keeps what was there before. */
export function addCostPages(
  server: Server,
  options: { database: Database; frames: Frames; calendar: Calendar; settings: { currency: string } },
): void {
  const { database, frames, calendar, settings } = options;
  const path = '/staff/organisations/:organisationId/services/:serviceId/costs';
  const params = { organisationId: id, serviceId: id };
  const managers = { access: { who: 'staff', roles: ['service manager'], over: 'service' } } as const;

  server.get(
    path,
    {
      config: { access: { who: 'staff', roles: costsPage.roles, over: 'service' } },
      schema: { params: Type.Object(params), querystring: Type.Object({ done: Type.Optional(Type.Enum(['saved'])) }) },
    },
    async (request, reply) => {
      const notice = request.query.done === undefined ? undefined : { type: 'success', heading: 'The cost was saved' };
      return showList(request, reply, request.params, { notice, errors: [], values: {} });
    },
  );

  server.post(path, { config: managers, schema: { params: Type.Object(params), body } }, async (request, reply) => {
    const { values, errors } = readCost(request.body, settings.currency);
    if (values === undefined) return showList(request, reply, request.params, { errors, values: request.body });
    await database.transact(scopeOf(request), (tx) => enterCost(tx, request.params.serviceId, values));
    return reply.redirect(`${addressOf(request.params)}?done=saved`, 303);
  });

  server.get(
    `${path}/:costId`,
    { config: managers, schema: { params: Type.Object({ ...params, costId: id }) } },
    async (request, reply) => showOne(request, reply, request.params, { errors: [], values: undefined }),
  );

  server.post(
    `${path}/:costId`,
    { config: managers, schema: { params: Type.Object({ ...params, costId: id }), body } },
    async (request, reply) => {
      const { serviceId, costId } = request.params;
      const isWithdrawal = request.body.kind === 'withdraw';
      const { values, errors } = isWithdrawal
        ? { values: null, errors: [] }
        : readCost(request.body, settings.currency);
      const reason = (request.body.reason ?? '').trim();
      const wrong = [...errors, ...(reason === '' ? [{ href: '#reason', text: 'Say why the cost is corrected' }] : [])];
      if (values === undefined || wrong.length > 0) {
        return showOne(request, reply, request.params, { errors: wrong, values: request.body });
      }
      const revision = Number.parseInt(request.body.revision ?? '', 10) || 0;
      await database.transact(scopeOf(request), (tx) =>
        correctCost(tx, { serviceId, costId, revision, reason }, values),
      );
      return reply.redirect(`${addressOf(request.params)}?done=saved`, 303);
    },
  );

  async function showList(
    request: FastifyRequest,
    reply: FastifyReply,
    { serviceId, organisationId }: { serviceId: string; organisationId: string },
    state: { notice?: unknown; errors: readonly PageError[]; values: Body },
  ): Promise<FastifyReply> {
    const { service, costs } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      costs: await listCosts(tx, serviceId),
    }));
    const mayEnter = request.grant.roles.includes('service manager');
    const latest = [...new Map(costs.toReversed().map((cost) => [cost.costId, cost])).values()];
    return reply.code(state.errors.length > 0 ? 400 : 200).page('measures/costs', {
      title: `Costs of ${service.name}`,
      ...frames.ofService(request, service, costsPage.path),
      ...state,
      of: service,
      address: addressOf({ organisationId, serviceId }),
      publicHref: `/performance/services/${service.slug}/cost`,
      ...choices(state.values, false),
      mayEnter,
      rows: latest
        .filter((cost) => cost.standing)
        // What was entered last is what people look for.
        .toSorted(
          (one, other) =>
            other.to.localeCompare(one.to) ||
            other.from.localeCompare(one.from) ||
            costKinds.indexOf(one.kind) - costKinds.indexOf(other.kind),
        )
        .map((cost) => [
          {
            text: capital(cost.kind),
            ...(mayEnter ? { href: `${addressOf({ organisationId, serviceId })}/${cost.costId}` } : {}),
          },
          { text: `${formatDate(cost.from)} to ${formatDate(cost.to)}` },
          { text: cost.channel !== null ? capital(cost.channel) : cost.shares === null ? 'Shared' : 'Shared by parts' },
          {
            text: formatMoney({ minorUnits: cost.amount, currency: cost.currency }),
            ...(cost.quality === 'estimated' ? { hint: 'Estimated' } : {}),
          },
        ]),
    });
  }

  async function showOne(
    request: FastifyRequest,
    reply: FastifyReply,
    { serviceId, organisationId, costId }: { serviceId: string; organisationId: string; costId: string },
    state: { errors: readonly PageError[]; values: Body | undefined },
  ): Promise<FastifyReply> {
    const { service, costs } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      costs: (await listCosts(tx, serviceId)).filter((cost) => cost.costId === costId),
    }));
    const [cost] = costs;
    if (cost === undefined) throw new Problem('not-found');
    const values = state.values ?? formOf(cost);
    return reply.code(state.errors.length > 0 ? 400 : 200).page('measures/correct-cost', {
      title: `Correct a cost of ${service.name}`,
      ...frames.ofService(request, service, costsPage.path),
      of: service,
      errors: state.errors,
      values,
      backLink: addressOf({ organisationId, serviceId }),
      address: `${addressOf({ organisationId, serviceId })}/${costId}`,
      revision: cost.revision,
      ...choices(values, true),
      history: costs.map((each) => [
        { text: formatDateTime(each.enteredAt, calendar.timeZone) },
        { text: each.enteredBy },
        {
          text: each.standing ? formatMoney({ minorUnits: each.amount, currency: each.currency }) : 'Taken away',
          format: 'numeric',
        },
        { text: [each.evidence, each.reason === null ? '' : `Corrected: ${each.reason}`].filter(Boolean).join('. ') },
      ]),
    });
  }
}

function choices(values: Body, mayWithdraw: boolean) {
  return {
    kinds: [
      ...costKinds.map((value) => ({ value, text: capital(value), selected: value === values['kind'] })),
      ...(mayWithdraw ? [{ value: 'withdraw', text: 'Take this cost away' }] : []),
    ],
    channelChoices: [
      { value: '', text: 'Shared by completed transactions' },
      { value: statedShares, text: 'Shared by parts that you state', selected: values['channel'] === statedShares },
      ...channels.map((value) => ({ value, text: capital(value), selected: value === values['channel'] })),
    ],
    shareFields: channels.map((channel) => ({
      name: shareField(channel),
      label: capital(channel),
      value: values[shareField(channel)],
    })),
    qualityChoices: qualities.map((value) => ({
      value,
      text: value === 'measured' ? 'Taken from records' : 'An estimate',
      checked: value === (values['quality'] ?? 'measured'),
    })),
  };
}

/** What was entered as a cost, or what is wrong with it. */
function readCost(form: Body, currency: string): { values: CostValues | undefined; errors: PageError[] } {
  const errors: PageError[] = [];
  const text = (name: string): string => (form[name] ?? '').trim();
  const kind = costKinds.find((each) => each === text('kind'));
  if (kind === undefined) errors.push({ href: '#kind', text: 'Select what kind of cost it is' });
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const written = text('amount').replaceAll(/[£$€,\s]/g, '');
  const amount = /^\d+(\.\d+)?$/.test(written) ? Math.round(Number(written) * 10 ** digits) : Number.NaN;
  if (!Number.isSafeInteger(amount)) {
    errors.push({
      href: '#amount',
      text: 'Enter the amount as a number, such as 12,500 or 980.50. Enter 0 if there is no such cost',
    });
  }
  const [from, to] = (['from', 'to'] as const).map((which) => {
    const [day, month, year] = ['day', 'month', 'year'].map((part) => text(`${which}-${part}`));
    const date = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`;
    if (isDay(date)) return date;
    errors.push({
      href: `#${which}-day`,
      text: `Enter the ${which === 'from' ? 'first' : 'last'} day that the cost is for, such as 31 3 2026`,
    });
    return '';
  });
  if (from && to && to < from) errors.push({ href: '#to-day', text: 'The last day must be the first day or later' });
  const shares = text('channel') === statedShares ? readShares(form, errors) : null;
  const evidence = text('evidence');
  if (evidence === '')
    errors.push({ href: '#evidence', text: 'Say where the figure comes from, such as an invoice or an account' });
  if (errors.length > 0 || kind === undefined || !from || !to) return { values: undefined, errors };
  const channel = channels.find((each) => each === text('channel')) ?? null;
  const quality = text('quality') === 'estimated' ? 'estimated' : 'measured';
  return { values: { kind, channel, shares, from, to, amount, currency, quality, evidence }, errors };
}

/** The parts of a hundred that were stated; what is wrong with them is added to the errors. */
function readShares(form: Body, errors: PageError[]): CostValues['shares'] {
  const shares = channels.flatMap((channel): [Channel, number][] => {
    const written = (form[shareField(channel)] ?? '').trim().replace(/%$/, '');
    if (written === '') return [];
    const share = /^\d{1,3}(\.\d{1,2})?$/.test(written) ? Number(written) : Number.NaN;
    if (Number.isNaN(share)) {
      errors.push({
        href: `#${shareField(channel)}`,
        text: `Enter the part of ${channel} as a number from 0 to 100, or leave it empty`,
      });
    }
    return [[channel, share]];
  });
  const whole = shares.reduce((sum, [, share]) => sum + share, 0);
  if (!Number.isNaN(whole) && Math.abs(whole - 100) > 0.01) {
    errors.push({
      href: `#${shareField(channels[0])}`,
      text: `The parts come to ${Math.round(whole * 100) / 100}. Together they must be 100`,
    });
  }
  return Object.fromEntries(shares);
}

function formOf(cost: EnteredCost): Body {
  const parts = (which: 'from' | 'to'): Record<string, string> => {
    const [year = '', month = '', day = ''] = cost[which].split('-');
    return {
      [`${which}-day`]: String(Number(day)),
      [`${which}-month`]: String(Number(month)),
      [`${which}-year`]: year,
    };
  };
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency: cost.currency }).resolvedOptions()
      .maximumFractionDigits ?? 2;
  return {
    kind: cost.kind,
    channel: cost.channel ?? (cost.shares === null ? '' : statedShares),
    ...Object.fromEntries(
      Object.entries(cost.shares ?? {}).map(([channel, share]) => [
        `share-${channel.replaceAll(' ', '-')}`,
        String(share),
      ]),
    ),
    amount: (cost.amount / 10 ** digits).toFixed(digits),
    quality: cost.quality,
    evidence: cost.evidence,
    ...parts('from'),
    ...parts('to'),
  };
}

function addressOf({ organisationId, serviceId }: { organisationId: string; serviceId: string }): string {
  return `/staff/organisations/${organisationId}/services/${serviceId}/costs`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
