import { personOf, Problem, type Server, type Tx } from '#platform';
import { aboutWays, ways } from '../areas.ts';
import { getNeed } from '../needs/needs.ts';
import { listTargets, saveTarget, type Target } from '../needs/targets.ts';
import { drawForm, readSent } from './asked.ts';
import type { Answer, FormField } from './form-fields.ts';
import { body, ofNeed, ofTarget, openEstate, places, type EstatePages } from './places.ts';

const targetForm: readonly FormField[] = [
  { name: 'name', label: 'Name', kind: 'text' },
  { name: 'way', label: 'What it is', kind: 'choice', choices: ways.map((way) => [way, aboutWays[way]]) },
  {
    name: 'costShareBasisPoints',
    label: 'Cost a year, as a share of what a system costs today',
    kind: 'share',
    hint: 'What is large costs more there too. The amounts below are added to it.',
  },
  { name: 'yearlyCost', label: 'Cost a year for each system that moves to it', kind: 'money' },
  { name: 'costPerUser', label: 'Cost a year for each user', kind: 'money' },
  { name: 'costPerThousandTransactions', label: 'Cost for each thousand transactions', kind: 'money' },
  {
    name: 'movingShareBasisPoints',
    label: 'Cost of moving, as a share of what a system costs a year today',
    kind: 'share',
    hint: 'What the old supplier asks for handing over is in it.',
  },
  { name: 'movingCost', label: 'Cost of moving a system to it', kind: 'money' },
  { name: 'movingCostPerUser', label: 'Cost of moving each user', kind: 'money' },
  { name: 'openingCost', label: 'Cost of opening it, once', kind: 'money' },
  { name: 'availableFrom', label: 'First day on which it can be moved to', kind: 'day' },
  { name: 'source', label: 'Where these costs come from', kind: 'text' },
];

/** The common ways to meet a need, and the rules by which their costs follow from what moves to them. */
export function addTargetPages(server: Server, pages: EstatePages): void {
  // The common ways are the government's: a department sees them, and does not change them.
  const [place] = places;
  if (place === undefined) return;

  for (const [path, schema] of [
    ['/needs/:needKey/target', ofNeed],
    ['/needs/:needKey/targets/:targetId', ofTarget],
  ] as const) {
    server.get(
      `${place.path}${path}`,
      { config: place.editing, schema: { params: schema } },
      async (request, reply) => {
        const { standing, need, known } = await openEstate(
          pages,
          request,
          place,
          { current: '/needs' },
          async (tx, open) => ({
            standing: open,
            need: await getNeed(tx, request.params.needKey),
            known: await knownTarget(tx, request.params),
          }),
        );
        return reply.page('estate/form', {
          ...standing.frame,
          ...headingOf(need.name, known),
          action: request.url,
          form: drawForm(targetForm, known === null ? { way: need.usualWay } : { ...known }),
          submit: 'Keep it',
        });
      },
    );

    server.post(
      `${place.path}${path}`,
      { config: place.editing, schema: { params: schema, body } },
      async (request, reply) => {
        const { needKey } = request.params;
        const { standing, need, known, errors } = await openEstate(
          pages,
          request,
          place,
          { current: '/needs' },
          async (tx, open) => {
            const asked = await getNeed(tx, needKey);
            const target = await knownTarget(tx, request.params);
            const { said, errors: wrong } = readSent(targetForm, request.body, {}, 'all');
            const way = ways.find((each) => each === said['way']);
            if (typeof said['name'] !== 'string') wrong.push({ href: '#name', text: 'Enter what it is called' });
            if (way === undefined) wrong.push({ href: '#way', text: 'Choose what it is' });
            if (wrong.length === 0 && way !== undefined) {
              await saveTarget(tx, {
                ...target,
                ...valuesOf(said),
                needKey,
                way,
                currency: target?.currency ?? pages.currency,
                source: textOf(said['source']) || `said by ${personOf(request).name}`,
              });
            }
            return { standing: open, need: asked, known: target, errors: wrong };
          },
        );
        if (errors.length === 0) return reply.redirect(`${standing.base}/needs/${needKey}?done=saved`, 303);
        return reply.code(422).page('estate/form', {
          ...standing.frame,
          ...headingOf(need.name, known),
          action: request.url,
          errors,
          form: drawForm(targetForm, {}, { body: request.body, errors }),
          submit: 'Keep it',
        });
      },
    );
  }
}

/** The target that an address names; null where it names none, since one is added. @throws Problem not-found */
async function knownTarget(tx: Tx, named: { needKey: string; targetId?: string }): Promise<Target | null> {
  if (named.targetId === undefined) return null;
  const target = (await listTargets(tx)).find(({ id, needKey }) => id === named.targetId && needKey === named.needKey);
  if (target === undefined) throw new Problem('not-found');
  return target;
}

function headingOf(needName: string, known: Target | null): { title: string; heading: string; lead: string } {
  const lead =
    'What it costs follows from what moves to it: the shares and the amounts are added up. What is left empty costs nothing.';
  return known === null
    ? { title: 'Add a common way', heading: `A common way to meet: ${needName}`, lead }
    : { title: `Change ${known.name}`, heading: `Change ${known.name}`, lead };
}

/** What the form says of a target. What was left empty costs nothing. */
function valuesOf(said: Readonly<Record<string, Answer>>) {
  const number = (name: string): number => {
    const value = said[name];
    return typeof value === 'number' ? value : 0;
  };
  return {
    name: textOf(said['name']),
    costShareBasisPoints: number('costShareBasisPoints'),
    yearlyCost: number('yearlyCost'),
    costPerUser: number('costPerUser'),
    costPerThousandTransactions: number('costPerThousandTransactions'),
    movingShareBasisPoints: number('movingShareBasisPoints'),
    movingCost: number('movingCost'),
    movingCostPerUser: number('movingCostPerUser'),
    openingCost: number('openingCost'),
    availableFrom: textOf(said['availableFrom']) || null,
  };
}

function textOf(answer: Answer | undefined): string {
  return typeof answer === 'string' ? answer : '';
}
