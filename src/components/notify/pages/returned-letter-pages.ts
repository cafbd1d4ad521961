import { Type } from 'typebox';
import { scopeOf, type Database, type Server } from '#platform';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { mostReturned, recordReturns, type Returns } from '../letters/returned-letters.ts';
import { config, providersAddress } from './provider-section.ts';

const address = '/staff/operations/returned-letters';

/** The page on which operators enter the printer’s list of letters that came back. */
export function addReturnedLetterPages(
  server: Server,
  { database, callbacks }: { database: Database; callbacks: Callbacks },
): void {
  const page = (more: object) => ({
    title: 'Letters that came back',
    breadcrumbs: [
      { text: 'Your work', href: '/staff' },
      { text: 'Providers of messages', href: providersAddress },
    ],
    action: address,
    ...more,
  });

  server.get(address, { config }, (_request, reply) => reply.page('notify/returned-letters', page({})));

  server.post(
    address,
    { config, schema: { body: Type.Object({ letters: Type.Optional(Type.String({ maxLength: 100_000 })) }) } },
    async (request, reply) => {
      const letters = request.body.letters ?? '';
      const names = letters.split(/[\s,;]+/).filter((name) => name !== '');
      const fault =
        names.length === 0
          ? 'Enter at least one letter'
          : names.length > mostReturned
            ? `Enter at most ${mostReturned} letters at once`
            : undefined;
      if (fault !== undefined) {
        const errors = [{ href: '#letters', text: fault }];
        return reply.code(400).page('notify/returned-letters', page({ errors, letters }));
      }
      const returns = await recordReturns({ database, callbacks }, scopeOf(request), names);
      return reply.page('notify/returned-letters', page({ returns, notice: noticeOf(returns) }));
    },
  );
}

function noticeOf({ recorded }: Returns): { type: string; heading: string } | undefined {
  if (recorded === 0) return undefined;
  return {
    type: 'success',
    heading: recorded === 1 ? 'One letter was recorded' : `${recorded} letters were recorded`,
  };
}
