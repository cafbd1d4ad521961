import type { Settings } from '#platform';
import { bareCommand, UsageProblem, type Options, type Words } from './command.ts';
import { withDatabase } from './surroundings.ts';

/** `notify import-templates`, with the key in NOTIFY_API_KEY. */
export async function runNotify([action]: Words, { service, url }: Options): Promise<void> {
  const apiKey = process.env['NOTIFY_API_KEY'] ?? '';
  if (action !== 'import-templates' || typeof service !== 'string' || typeof url !== 'string' || apiKey === '') {
    throw new UsageProblem(
      `Use: NOTIFY_API_KEY=… ${bareCommand} notify import-templates --service ADDRESS --url URL, with a key of the service there.`,
    );
  }
  await withDatabase('beside the program', (settings) => importNotifyTemplates(settings, { service, url, apiKey }));
}

/**
 * Brings the templates of a GOV.UK Notify API into a service, and says for each what its id was there and is here.
 *
 * @param wanted.service the address of the service's public page: what stands after `/services/`.
 * @param wanted.url the base of the API.
 * @param wanted.apiKey a key of that API.
 */
export async function importNotifyTemplates(
  settings: Settings,
  wanted: { service: string; url: string; apiKey: string },
): Promise<void> {
  const [{ joinParts }, { fetchTemplates, importTemplates }, { findService }] = await Promise.all([
    import('../main.ts'),
    import('#notify'),
    import('#organisations'),
  ]);
  const templates = await fetchTemplates(wanted.url, wanted.apiKey);
  const { database } = await joinParts(settings, settings.databaseUrl ?? '');
  try {
    const service = await findService(database, wanted.service);
    if (service === null) throw new Error(`There is no service at /services/${wanted.service}. Check the address.`);
    const scope = {
      organisationId: service.organisationId,
      actor: { kind: 'system', name: 'import of templates' },
    } as const;
    const imported = await database.transact(scope, (tx) => importTemplates(tx, service.id, templates));
    console.log('id there, id here, version, kind, name');
    for (const { from, id, version, type, name } of imported) console.log([from, id, version, type, name].join(', '));
    console.log(`${imported.length} templates of ${service.name}. Put the ids of this list into your system.`);
  } finally {
    await database.close();
  }
}
