import { Type } from 'typebox';
import { drawBarChart, drawChartKey, formatDate, formatNumber } from '#design';
import { getService, type Frames } from '#organisations';
import { addDays, scopeOf, type Calendar, type Database, type Server } from '#platform';
import { countTransactions, figuresOf, formatRate, type DayCount } from '../counting/transaction-counts.ts';

/** The page of this part in every service's navigation. */
export const measuresPage = {
  text: 'Measures',
  path: '/measures',
  roles: ['service manager', 'caseworker', 'digital leader', 'auditor'],
} as const;

const id = Type.String({ format: 'uuid' });
const periods = ['7', '28', '91'] as const;

/** A service's transactions over the last days, today included. */
export function addPages(
  server: Server,
  { database, frames, calendar }: { database: Database; frames: Frames; calendar: Calendar },
): void {
  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/measures',
    {
      config: { access: { who: 'staff', roles: measuresPage.roles, over: 'service' } },
      schema: {
        params: Type.Object({ organisationId: id, serviceId: id }),
        querystring: Type.Object({ days: Type.Optional(Type.Enum(periods)) }),
      },
    },
    async (request, reply) => {
      const { serviceId } = request.params;
      const { days = '28' } = request.query;
      const to = calendar.today();
      const from = addDays(to, 1 - Number(days));
      const { service, counts } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, serviceId),
        counts: await countTransactions(tx, calendar, { serviceId, from, to }),
      }));
      return reply.page('measures/measures', {
        title: `Measures of ${service.name}`,
        ...frames.ofService(request, service, measuresPage.path),
        of: service,
        from,
        to,
        periods: periods.map((value) => ({ value, text: `Last ${value} days`, selected: value === days })),
        figures: figuresOf(counts.total, `Last ${days} days`),
        chart: drawDays(counts.days),
        chartKey: drawChartKey('bars', ['Started', 'Completed']),
        mayImport: request.grant.roles.includes('service manager'),
        // The newest day is what people look for.
        days: counts.days
          .map((each) => ({ ...each, day: shortDay(each.day), rate: formatRate(each.completionRate) }))
          .toReversed(),
        isEmpty: counts.total.started + counts.total.completed + counts.total.failed === 0,
      });
    },
  );
}

/** What was started and completed each day. The figures stand in the table under it. */
function drawDays(days: readonly DayCount[]): string {
  return drawBarChart({
    id: 'days',
    title: 'Transactions started and completed each day',
    description: 'The table below has the figures.',
    labels: days.map(({ day }) => shortDay(day)),
    format: formatNumber,
    series: [
      { name: 'Started', values: days.map(({ started }) => started) },
      { name: 'Completed', values: days.map(({ completed }) => completed) },
    ],
  });
}

/** `2026-11-24` as `24 Nov`, so that a row fits a phone; the year stands above the table. */
function shortDay(day: string): string {
  const [number, month = ''] = formatDate(day).split(' ');
  return `${number} ${month.slice(0, 3)}`;
}
