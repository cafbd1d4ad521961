import { Type } from 'typebox';
import { Problem, scopeOf, type Server } from '#platform';
import { providerKinds, type ProviderKind } from '../providers/kinds.ts';
import type { Providers } from '../providers/providers.ts';
import { config, field, isOrder, ofProvider, providersAddress, wrongOrder } from './provider-section.ts';

const form = Type.Object({ name: field, priority: field, url: field, token: field, folder: field });

/** The page on which an operator changes a provider. What holds a password is never shown: left empty, it stays. */
export function addProviderChangePages(server: Server, { providers }: { providers: Providers }): void {
  async function page(providerId: string, more: object) {
    const provider = (await providers.list()).find(({ id }) => id === providerId);
    if (provider === undefined) throw new Problem('not-found');
    return {
      title: `Change ${provider.name}`,
      breadcrumbs: [
        { text: 'Your work', href: '/staff' },
        { text: 'Providers of messages', href: providersAddress },
      ],
      action: `${providersAddress}/${providerId}`,
      provider: { ...provider, kindTitle: providerKinds[provider.kind].title },
      values: { name: provider.name, priority: provider.priority },
      ...more,
    };
  }

  server.get(`${providersAddress}/:providerId`, { config, schema: { params: ofProvider } }, async (request, reply) =>
    reply.page('notify/provider-change', await page(request.params.providerId, {})),
  );

  server.post(
    `${providersAddress}/:providerId`,
    { config, schema: { params: ofProvider, body: form } },
    async (request, reply) => {
      const { providerId } = request.params;
      const { name = '', priority = '' } = request.body;
      const row = (await providers.list()).find(({ id }) => id === providerId);
      if (row === undefined) throw new Problem('not-found');
      const errors = [
        ...(name.trim() === '' && !row.fromEnvironment ? [{ href: '#name', text: 'Enter a name for it' }] : []),
        ...(isOrder(priority) ? [] : [wrongOrder]),
      ];
      if (errors.length === 0) {
        const settings = changedSettings(row.kind, request.body);
        try {
          await providers.change(scopeOf(request), providerId, {
            priority: Number(priority),
            // What the settings of the program name is known by its name.
            ...(row.fromEnvironment ? {} : { name: name.trim() }),
            ...(row.fromEnvironment || Object.keys(settings).length === 0 ? {} : { settings }),
          });
          return await reply.redirect(`${providersAddress}?done=changed`, 303);
        } catch (error) {
          if (!(error instanceof Problem) || error.kind !== 'unprocessable') throw error;
          const isName = error.places.some(({ place }) => place === 'name');
          errors.push({ href: isName ? '#name' : row.kind === 'folder' ? '#folder' : '#url', text: error.message });
        }
      }
      return reply
        .code(400)
        .page('notify/provider-change', await page(providerId, { errors, values: { name, priority } }));
    },
  );
}

/** The settings that were typed. */
function changedSettings(
  kind: ProviderKind,
  { url = '', token = '', folder = '' }: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const typed = kind === 'folder' ? { folder } : kind === 'http-text' ? { url, token } : { url };
  return Object.fromEntries(
    Object.entries(typed)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );
}
