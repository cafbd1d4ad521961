import { Type } from 'typebox';
import { listOrganisations } from '#organisations';
import {
  newSigningSecret,
  Problem,
  recordAudit,
  scopeOf,
  type Database,
  type Scope,
  type Server,
  type Settings,
} from '#platform';
import type { Rate, Rates } from '../costs.ts';
import { beginAnew, countGivenUp } from '../hand-over/queue.ts';
import { channels, type Channel } from '../providers/provider.ts';
import { providerKinds, type ProviderKind } from '../providers/kinds.ts';
import type { ProviderRow, Providers } from '../providers/providers.ts';
import { config, field, isOrder, ofProvider, providersAddress, wrongOrder } from './provider-section.ts';

const address = providersAddress;
const breadcrumbs = [{ text: 'Your work', href: '/staff' }];

const channelTitles: Readonly<Record<Channel, string>> = { email: 'Emails', sms: 'Text messages', letter: 'Letters' };
const notices: Readonly<Record<string, string>> = {
  added: 'The provider was added',
  changed: 'The provider was changed',
  removed: 'The provider was removed',
  rate: 'The rate was set',
  anew: 'The messages are being sent again',
};

const providerForm = Type.Object({
  kind: field,
  name: field,
  priority: field,
  url: field,
  token: field,
  folder: field,
});

/** The operators' page of what takes messages to people, and of what they cost. */
export function addProviderPages(
  server: Server,
  {
    database,
    providers,
    rates,
    settings,
  }: { database: Database; providers: Providers; rates: Rates; settings: Pick<Settings, 'publicUrl'> },
): void {
  async function page(more: object) {
    const shownRows = await Promise.all(
      (await providers.list()).map(async (row) => ({ ...shown(row), secret: await secretOf(row) })),
    );
    return {
      title: 'Providers of messages',
      wide: true as const,
      breadcrumbs,
      address,
      publicUrl: settings.publicUrl,
      channels: channels.map((channel) => ({
        title: channelTitles[channel],
        providers: shownRows.filter((row) => row.channel === channel),
      })),
      kinds: Object.entries(providerKinds).map(([value, { title }]) => ({ value, text: title })),
      rates: shownRates(await rates.list()),
      givenUp: await countAcross(database),
      ...more,
    };
  }

  /** With which a provider signs its reports: operators hand it on. */
  async function secretOf({ id, kind }: ProviderRow): Promise<string | null> {
    return kind === 'http-text' ? ((await providers.findSecret(id))?.secret ?? null) : null;
  }

  server.get(address, { config, schema: { querystring: Type.Object({ done: field }) } }, async (request, reply) => {
    const heading = notices[request.query.done ?? ''];
    const notice = heading === undefined ? {} : { notice: { type: 'success', heading } };
    return reply.page('notify/providers', await page(notice));
  });

  server.post(address, { config, schema: { body: providerForm } }, async (request, reply) => {
    const { kind: given = '', name = '', priority = '10' } = request.body;
    const kind = kindOf(given);
    const errors = [
      ...(kind === undefined ? [{ href: '#kind', text: 'Choose what kind of provider it is' }] : []),
      ...(name.trim() === '' ? [{ href: '#name', text: 'Enter a name for it' }] : []),
      ...(isOrder(priority) ? [] : [wrongOrder]),
    ];
    if (kind !== undefined && errors.length === 0) {
      try {
        await providers.add(scopeOf(request), {
          kind,
          name: name.trim(),
          priority: Number(priority),
          enabled: true,
          settings: settingsOf(kind, request.body),
        });
        return await reply.redirect(`${address}?done=added`, 303);
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        const isName = error.places.some(({ place }) => place === 'name');
        errors.push({ href: isName ? '#name' : '#url', text: error.message });
      }
    }
    // What was typed may hold a password, which goes on no page.
    return reply.code(400).page('notify/providers', await page({ errors, values: { kind: given, name, priority } }));
  });

  server.post(
    `${address}/:providerId/switch`,
    { config, schema: { params: ofProvider, body: Type.Object({ to: field }) } },
    async (request, reply) => {
      await providers.change(scopeOf(request), request.params.providerId, { enabled: request.body.to === 'on' });
      return reply.redirect(`${address}?done=changed`, 303);
    },
  );

  server.post(`${address}/:providerId/removal`, { config, schema: { params: ofProvider } }, async (request, reply) => {
    await providers.remove(scopeOf(request), request.params.providerId);
    return reply.redirect(`${address}?done=removed`, 303);
  });

  server.post('/staff/operations/given-up-messages', { config }, async (request, reply) => {
    for (const scope of await scopesOfAll(database, scopeOf(request))) {
      await database.transact(scope, async (tx) => {
        const messages = await beginAnew(tx);
        if (messages === 0) return;
        const subject = { kind: 'organisation', id: tx.organisationId } as const;
        await recordAudit(tx, { action: 'notify.messages-begun-anew', subject, detail: { messages } });
      });
    }
    return reply.redirect(`${address}?done=anew`, 303);
  });

  server.post(
    '/staff/operations/rates',
    {
      config,
      schema: { body: Type.Object({ for: field, day: field, message: field, unit: field }) },
    },
    async (request, reply) => {
      const { for: of = '', day = '', message = '', unit = '' } = request.body;
      const [channel, postage] = of.split(' ');
      const found = channels.find((each) => each === channel) ?? 'email';
      try {
        await rates.set(scopeOf(request), {
          channel: found,
          postage: postage ?? null,
          fromDay: day.trim(),
          messageMicros: microsOf(message),
          unitMicros: microsOf(unit),
        });
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'unprocessable') throw error;
        const errors = [{ href: '#day', text: error.message }];
        return reply.code(400).page('notify/providers', await page({ errors, values: { day, message, unit } }));
      }
      return reply.redirect(`${address}?done=rate`, 303);
    },
  );
}

async function scopesOfAll(database: Database, scope: Scope): Promise<Scope[]> {
  return (await listOrganisations(database)).map(({ id: organisationId }) => ({ ...scope, organisationId }));
}

/** How many messages of the whole government were given up. */
async function countAcross(database: Database): Promise<number> {
  let count = 0;
  const scope: Scope = { organisationId: '', actor: { kind: 'system', name: 'notify.providers' } };
  for (const each of await scopesOfAll(database, scope)) count += await database.transact(each, countGivenUp);
  return count;
}

/** The settings of a kind, from the fields of the form. */
function settingsOf(kind: ProviderKind, { url = '', token = '', folder = '' }: Record<string, string | undefined>) {
  switch (kind) {
    case 'smtp':
    case 'smpp':
      return { url: url.trim() };
    case 'http-text':
      return { url: url.trim(), token: token.trim(), secret: newSigningSecret() };
    case 'folder':
      return { folder: folder.trim() };
  }
}

function kindOf(text: string): ProviderKind | undefined {
  return (['smtp', 'smpp', 'http-text', 'folder'] as const).find((each) => each === text);
}

/** Pounds as they are typed, in millionths; not a number where they cannot be read, which `Rates.set` refuses. */
function microsOf(text: string): number {
  const plain = text.replaceAll(/[£,\s]/g, '');
  return /^\d{1,6}(\.\d{1,6})?$/.test(plain) ? Math.round(Number(plain) * 1_000_000) : Number.NaN;
}

function shown(row: ProviderRow) {
  const { circuit, enabled } = row;
  const resting = circuit.openedAt !== null;
  const health = !enabled
    ? { text: 'Switched off', classes: 'govuk-tag--grey' }
    : resting
      ? { text: 'Not working', classes: 'govuk-tag--red' }
      : circuit.failures > 0
        ? { text: 'Failing', classes: 'govuk-tag--yellow' }
        : { text: 'Working', classes: 'govuk-tag--green' };
  return {
    ...row,
    kindTitle: providerKinds[row.kind].title,
    health,
    since: resting ? circuit.openedAt : null,
    probeAt: resting ? circuit.probeAt : null,
  };
}

function shownRates(all: readonly Rate[]) {
  const seen = new Set<string>();
  const today = new Date().toISOString().slice(0, 10);
  return all.flatMap((rate) => {
    const key = [rate.channel, rate.postage].filter((each) => each !== null).join(' ');
    const isCurrent = rate.fromDay <= today && !seen.has(key);
    if (isCurrent) seen.add(key);
    if (!isCurrent && rate.fromDay <= today) return [];
    return {
      key,
      title: channelTitles[rate.channel] + (rate.postage === null ? '' : `, ${rate.postage.replaceAll('-', ' ')}`),
      from: rate.fromDay === '2000-01-01' ? null : rate.fromDay,
      message: pounds(rate.messageMicros),
      unit: pounds(rate.unitMicros),
    };
  });
}

function pounds(micros: number): string {
  const amount = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 6 });
  return `£${amount.format(micros / 1_000_000)}`;
}
