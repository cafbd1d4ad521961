import { formatDate, formatNumber } from '#design';
import { addDays, type Calendar, type Database } from '#platform';
import { figureOf } from '../figures/figure.ts';
import type { MeasuredService } from '../figures/population.ts';
import { readServiceRecords } from '../figures/service-records.ts';
import { channels } from '../recording/transactions.ts';
import { shownAmount, shownCost, shownCount, shownUnitCost } from './shown.ts';

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What a service's cost per transaction is made of over the last twelve months, as its page shows it. */
export async function readCostPage(
  { database, calendar, settings }: { database: Database; calendar: Calendar; settings: { currency: string } },
  service: MeasuredService,
) {
  const { currency } = settings;
  const to = calendar.today();
  const period = { from: addDays(to, -364), to };
  const records = await database.readAcross((tx) => readServiceRecords(tx, service.serviceId, period.from));
  const figure = figureOf(records, period, currency);
  const { workedCost } = figure;
  const completed = (channel: string): number =>
    records.counts.reduce(
      (sum, row) => sum + (row.channel === channel && row.day >= period.from ? row.completed : 0),
      0,
    );
  return {
    period: { from: figure.from, to },
    status: workedCost.status,
    gaps: figure.costGaps.map(capital),
    cost: shownCost(figure, currency).text,
    total: shownAmount(figure.cost, currency),
    transactions: shownCount(figure.transactions),
    oneOff: workedCost.oneOff === 0 ? null : shownAmount(workedCost.oneOff, currency),
    lines: workedCost.lines
      .filter((line) => line.kind !== 'one-off')
      .map((line) => [
        { text: line.name === null ? capital(line.kind) : `${capital(line.kind)}: ${line.name}` },
        { text: line.quantity === null ? '' : formatNumber(Math.round(line.quantity)), format: 'numeric' },
        { text: shownAmount(line.amount, currency), format: 'numeric' },
        {
          text: figure.transactions ? shownUnitCost(line.amount / figure.transactions, currency) : '',
          format: 'numeric',
        },
        { text: line.quality === 'estimated' ? 'Estimated' : 'Measured' },
      ]),
    byChannel: channels
      .filter((channel) => completed(channel) > 0 || workedCost.byChannel[channel] > 0)
      .map((channel) => [
        { text: capital(channel) },
        { text: formatNumber(completed(channel)), format: 'numeric' },
        { text: shownAmount(workedCost.byChannel[channel], currency), format: 'numeric' },
        {
          text:
            completed(channel) === 0 ? '' : shownUnitCost(workedCost.byChannel[channel] / completed(channel), currency),
          format: 'numeric',
        },
      ]),
    since: records.firstDay !== null && records.firstDay > period.from ? formatDate(records.firstDay) : null,
  };
}
