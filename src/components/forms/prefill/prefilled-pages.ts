import { Type } from 'typebox';
import { Problem } from '#platform';
import type { Calendar, Database, Keyring, Server } from '#platform';
import type { Opening } from '../pages/opening.ts';
import { chosenLanguage, wordsFor } from '../pages/language.ts';
import { addressOf, applicantScope, closedNotice, closedPage, contentOf } from '../pages/service-frame.ts';
import { leadIn, startPage } from '../pages/start-page.ts';
import { waitPage } from '../pages/wait-page.ts';
import type { SpamGuard } from '../spam/spam-guard.ts';
import { findLiveForm } from '../versions/versions.ts';
import { findPrefill, startFilledIn } from './prefills.ts';

const params = Type.Object({ service: Type.String({ maxLength: 200 }), link: Type.String({ maxLength: 100 }) });
const because = 'whoever has the link was sent it; it shows no answer before an application is begun with it';
const anyone = { access: { who: 'anyone', because } } as const;

/** Beginning an application with answers filled in, by the link that a department has sent. */
export function addPrefilledPages(
  server: Server,
  {
    database,
    keyring,
    calendar,
    opening,
    guard,
    secure,
  }: {
    database: Database;
    keyring: Keyring;
    calendar: Calendar;
    opening: Opening;
    guard: SpamGuard;
    secure: boolean;
  },
): void {
  server.get('/services/:service/filled-in/:link', { schema: { params }, config: anyone }, async (request, reply) => {
    const service = await opening.getService(request, request.params.service);
    const closed = closedNotice(service, calendar);
    if (closed) return closedPage(reply, service, closed);
    const { link: token } = request.params;
    const scope = applicantScope(service, request);
    const form = await findLiveForm(database, scope, service.id);
    if (!form) throw new Problem('not-found', { detail: 'the service has no form' });
    const prefill = await database.transact(scope, (tx) => findPrefill(tx, keyring, service.id, token));
    if (!prefill) return gonePage(request, reply, service);
    const action = `${addressOf(service)}/filled-in/${encodeURIComponent(token)}`;
    return startPage(request, reply, { service, form, action, from: prefill.from });
  });

  server.post('/services/:service/filled-in/:link', { schema: { params }, config: anyone }, async (request, reply) => {
    const service = await opening.getService(request, request.params.service);
    const closed = closedNotice(service, calendar);
    if (closed) return closedPage(reply, service, closed);
    const scope = applicantScope(service, request);
    const form = await findLiveForm(database, scope, service.id);
    if (!form) throw new Problem('not-found', { detail: 'the service has no form' });
    const wait = guard.holdStart(request, service);
    if (wait > 0) return waitPage(reply, service, wait);
    const { link: token } = request.params;
    const holder = await database.transact(scope, (tx) =>
      startFilledIn(tx, { keyring, today: calendar.today() }, { service, form, token }),
    );
    if (!holder) return gonePage(request, reply, service);
    return leadIn(reply, { service, form, holder, now: calendar.now(), secure });
  });

  type Request = Parameters<typeof wordsFor>[0];
  type Reply = Parameters<typeof closedPage>[0];

  function gonePage(request: Request, reply: Reply, service: Parameters<typeof contentOf>[0]): Reply {
    const words = wordsFor(request, service);
    return reply.code(410).page('forms/prefill/gone', {
      title: words.filledIn.goneTitle,
      ...contentOf(service),
      language: chosenLanguage(request, service) ?? 'en',
      words,
      start: addressOf(service),
    });
  }
}
