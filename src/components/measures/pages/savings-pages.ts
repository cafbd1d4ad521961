import { Type } from 'typebox';
import { drawBarChart, drawChartKey, formatDate, formatNumber } from '#design';
import { listOrganisations } from '#organisations';
import { Problem, type Database, type Server } from '#platform';
import { formatQuarter } from '../quarters.ts';
import { readLedger, totalSavings, yearsOf, type LedgerPage, type SavingsTotal } from '../savings/programme.ts';
import { shownAmount, shownUnitCost } from './shown.ts';

const open = { access: { who: 'anyone', because: 'what a government saves by moving its systems is public' } } as const;

/** The ledger of savings: the whole programme by year, and each transition quarter by quarter. */
export function addSavingsPages(
  server: Server,
  { database, settings }: { database: Database; settings: { readonly currency: string } },
): void {
  const { currency } = settings;
  const amount = (value: number | null): { text: string; format: string } => ({
    text: value === null ? '' : shownAmount(value, currency),
    format: 'numeric',
  });

  server.get('/performance/savings', { config: open }, async (_request, reply) => {
    const ledger = await readLedger(database);
    const years = yearsOf(ledger);
    const totals = years.map((year) => totalSavings(ledger, (quarter) => Number(quarter.slice(0, 4)) === year));
    const names = new Map((await listOrganisations(database)).map((each) => [each.id, each.name]));
    return reply.page('measures/savings', {
      ...surroundings(),
      title: 'What the programme saves',
      figures: ledger.length === 0 ? [] : headlines(totalSavings(ledger)),
      charts: years.length === 0 ? [] : [yearsChart(years, totals)],
      transitions: ledger.map((page) => {
        const total = totalSavings([page]);
        return [
          {
            text: page.name,
            href: `/performance/savings/${page.transitionId}`,
            hint: page.departmentId === null ? undefined : names.get(page.departmentId),
          },
          { text: page.carriedOutOn === null ? 'Planned' : `Carried out on ${formatDate(page.carriedOutOn)}` },
          { text: shownAmount(total.planned, currency) },
          { text: shownAmount(total.realised, currency) },
          { text: shownAmount(total.avoided, currency) },
        ];
      }),
    });
  });

  server.get(
    '/performance/savings/:transitionId',
    { config: open, schema: { params: Type.Object({ transitionId: Type.String({ format: 'uuid' }) }) } },
    async (request, reply) => {
      const page = (await readLedger(database)).find((each) => each.transitionId === request.params.transitionId);
      if (page === undefined) throw new Problem('not-found');
      return reply.page('measures/transition', {
        ...surroundings(),
        breadcrumbs: [
          ...surroundings().breadcrumbs,
          { text: 'What the programme saves', href: '/performance/savings' },
          { text: page.name },
        ],
        title: page.name,
        carriedOutOn: page.carriedOutOn,
        figures: headlines(totalSavings([page])),
        baselines: page.baselines.map((each, place) => [
          { text: place === 0 ? 'Baseline' : 'Published before' },
          { text: `${formatDate(each.from)} to ${formatDate(each.to)}` },
          amount(each.cost),
          { text: each.transactions === null ? 'Not counted' : formatNumber(each.transactions), format: 'numeric' },
          {
            text: each.transactions ? shownUnitCost(each.cost / each.transactions, currency) : 'Missing',
            format: 'numeric',
          },
          { text: evidenceOf(each) },
        ]),
        quarters: page.quarters.map((each) => [
          { text: formatQuarter(each.quarter) },
          amount(each.planned),
          amount(each.realised),
          amount(each.avoided),
          amount(each['not realised']),
          amount(each['one-off'] ?? each['planned one-off']),
        ]),
        entries: entriesOf(page),
      });
    },
  );

  function headlines(total: SavingsTotal) {
    return [
      { label: 'Planned', value: shownAmount(total.planned, currency) },
      { label: 'Realised', value: shownAmount(total.realised, currency), hint: 'Paid before, and not any more' },
      { label: 'Avoided', value: shownAmount(total.avoided, currency), hint: 'Would have been paid' },
      { label: 'Not realised', value: shownAmount(total.notRealised, currency), hint: 'Planned, and did not come' },
    ];
  }

  function yearsChart(years: readonly number[], totals: readonly SavingsTotal[]) {
    const came = totals.map((total) => total.realised + total.avoided);
    const names = ['Planned', 'Realised or avoided'];
    return {
      title: 'Savings by year against the plan',
      note: 'Calendar years.',
      svg: drawBarChart({
        id: 'savings',
        title: 'Savings by year, planned and realised or avoided',
        description: `From ${years[0] ?? ''} to ${years.at(-1) ?? ''}. The figures are in the table below.`,
        labels: years.map(String),
        format: (value) => shownAmount(value, currency),
        series: [
          { name: 'Planned', values: totals.map((total) => total.planned) },
          { name: 'Realised or avoided', values: came },
        ],
      }),
      key: drawChartKey('bars', names),
      head: ['Year', 'Planned', 'Realised', 'Avoided', 'Not realised', 'One-off cost'],
      rows: years.map((year, place) => {
        const total = totals[place];
        return [
          String(year),
          ...(total === undefined
            ? []
            : [total.planned, total.realised, total.avoided, total.notRealised, total.oneOff].map((value) =>
                shownAmount(value, currency),
              )),
        ];
      }),
    };
  }

  function entriesOf(page: LedgerPage) {
    const isCorrected = (quarter: string, figure: string): boolean =>
      page.entries.some((each) => each.quarter === quarter && each.figure === figure && each.revision > 1);
    return page.entries.map((each) => [
      { text: formatQuarter(each.quarter) },
      { text: each.figure.slice(0, 1).toUpperCase() + each.figure.slice(1) },
      {
        text: !isCorrected(each.quarter, each.figure)
          ? ''
          : each.revision === 1
            ? 'First published'
            : `Correction ${each.revision - 1}`,
      },
      amount(each.amount),
      { text: evidenceOf(each) },
    ]);
  }
}

function evidenceOf({
  evidence,
  reason,
  quality,
}: {
  evidence: string;
  reason: string | null;
  quality: string;
}): string {
  return [evidence, quality === 'estimated' ? 'Estimated.' : '', reason === null ? '' : `Corrected: ${reason}`]
    .filter((text) => text !== '')
    .map((text) => (/[.!?]$/.test(text) ? text : `${text}.`))
    .join(' ');
}

function surroundings() {
  return { wide: true, breadcrumbs: [{ text: 'How services perform', href: '/performance' }] };
}
