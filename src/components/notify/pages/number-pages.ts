import { Type } from 'typebox';
import { csvLine, addDays, type Server } from '#platform';
import { readDailyCounts, type DailyCount } from '../daily-counts.ts';
import { forReaders, ofService, place, sectionFrame, withService, type PageDependencies } from './section.ts';

const periods = ['7', '30', '90'] as const;
const channelWords: Readonly<Record<string, string>> = { email: 'Email', sms: 'Text message', letter: 'Letter' };
const failed = new Set([
  'permanent-failure',
  'temporary-failure',
  'technical-failure',
  'virus-scan-failed',
  'validation-failed',
]);
const waiting = new Set(['created', 'sending', 'pending-virus-check']);

/** How many messages a service sent: by day and by template, on a page and as a file. */
export function addNumberPages(server: Server, dependencies: PageDependencies): void {
  const { calendar, frames } = dependencies;
  const query = Type.Object({ days: Type.Optional(Type.Enum([...periods])) });
  const periodOf = (days: string) => ({ from: addDays(calendar.today(), 1 - Number(days)), to: calendar.today() });

  server.get(
    `${place}/numbers`,
    { config: forReaders, schema: { params: ofService, querystring: query } },
    async (request, reply) => {
      const { days = '7' } = request.query;
      const { from, to } = periodOf(days);
      const { service, result: counts } = await withService(dependencies, request, (tx, { id }) =>
        readDailyCounts(tx, id, { from, to, calendar }),
      );
      const byDay = Map.groupBy(counts, ({ day }) => day);
      const byTemplate = Map.groupBy(counts, (each) => `${each.channel} ${each.templateId} ${each.template}`);
      const listed = Array.from({ length: Number(days) }, (_, back) => addDays(to, -back));
      return reply.page('notify/numbers', {
        title: `Numbers of messages of ${service.name}`,
        ...sectionFrame(frames, request, service, '/numbers'),
        from,
        to,
        days,
        isEmpty: counts.length === 0,
        periods: periods.map((value) => ({ value, text: `Last ${value} days`, selected: value === days })),
        total: sum(counts),
        fragments: counts.reduce((all, { fragments }) => all + fragments, 0),
        byDay: listed.map((day) => ({ day, ...sum(byDay.get(day) ?? []) })),
        byTemplate: [...byTemplate.values()]
          .map((each) => ({
            template: each[0]?.template ?? '',
            channel: channelWords[each[0]?.channel ?? ''] ?? '',
            ...sum(each),
          }))
          .toSorted((one, other) => other.written - one.written),
      });
    },
  );

  server.get(
    `${place}/numbers.csv`,
    { config: forReaders, schema: { params: ofService, querystring: query } },
    async (request, reply) => {
      const { from, to } = periodOf(request.query.days ?? '90');
      const { result: counts } = await withService(dependencies, request, (tx, { id }) =>
        readDailyCounts(tx, id, { from, to, calendar }),
      );
      const lines = counts.map((each) =>
        csvLine([each.day, each.channel, each.template, each.status, each.count, each.fragments]),
      );
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="messages-${from}-to-${to}.csv"`)
        .send(csvLine(['day', 'channel', 'template', 'status', 'messages', 'text_message_parts']) + lines.join(''));
    },
  );
}

/** What has become of messages, in the words of the page. */
function sum(counts: readonly DailyCount[]) {
  const of = (isOne: (status: string) => boolean): number =>
    counts.filter(({ status }) => isOne(status)).reduce((all, { count }) => all + count, 0);
  return {
    written: of(() => true),
    sent: of((status) => !failed.has(status) && !waiting.has(status) && status !== 'cancelled'),
    failed: of((status) => failed.has(status)),
    waiting: of((status) => waiting.has(status)),
  };
}
