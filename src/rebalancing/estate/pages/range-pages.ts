import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { personOf, Problem, type Server, type Tx } from '#platform';
import {
  listRanges,
  saveRange,
  usualRange,
  wrongWith,
  type EstimateRange,
  type RangeNumber,
  type RangeSubject,
} from '../estimates/estimate-ranges.ts';
import { listTargets } from '../needs/targets.ts';
import { partKinds } from '../systems/parts.ts';
import { getSystem } from '../systems/systems.ts';
import { drawForm, readSent } from './asked.ts';
import type { Answer, FormField } from './form-fields.ts';
import {
  body,
  ofPlace,
  ofTarget,
  openEstate,
  places,
  type EstatePages,
  type Place,
  type Sent,
  type Standing,
} from './places.ts';

const ofPart = Type.Object({ ...ofPlace, systemId: Type.String({ format: 'uuid' }), kind: Type.Enum(partKinds) });

const rangeForm: readonly (FormField & { readonly name: RangeNumber | 'source' })[] = [
  {
    name: 'movingLeast',
    label: 'Cost of moving: least',
    kind: 'share',
    hint: 'Of what is estimated: 100% is the estimate itself',
  },
  { name: 'movingLikeliest', label: 'Cost of moving: likeliest', kind: 'share' },
  { name: 'movingMost', label: 'Cost of moving: most', kind: 'share' },
  {
    name: 'yearlyLeast',
    label: 'Cost a year: least',
    kind: 'share',
    hint: 'Of what a year there is estimated to cost. The same number three times says that it is known',
  },
  { name: 'yearlyLikeliest', label: 'Cost a year: likeliest', kind: 'share' },
  { name: 'yearlyMost', label: 'Cost a year: most', kind: 'share' },
  {
    name: 'late1',
    label: 'Moves that end one quarter late',
    kind: 'share',
    hint: 'Of all such moves. What is left of 100% is on time',
  },
  { name: 'late2', label: 'Moves that end two quarters late', kind: 'share' },
  { name: 'late3', label: 'Moves that end three quarters late', kind: 'share' },
  { name: 'source', label: 'How this is known', kind: 'text', hint: 'Such as the moves that were looked at' },
];

/** What a page of a range stands for: whose range, where it leads back to, and what holds where none is stated. */
interface Asked {
  readonly standing: Standing;
  readonly subject: RangeSubject;
  readonly backTo: string;
  readonly stated: (EstimateRange & { readonly source: string }) | undefined;
  /** What holds where none is stated, in words. */
  readonly otherwise: string;
}

/** How far the estimates of a target, or of one part's move, may be wrong: what a plan's draws are made from. */
export function addRangePages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    const ofParts = `${place.path}/systems/:systemId/parts/:kind/range`;
    server.get(ofParts, { config: place.editing, schema: { params: ofPart } }, async (request, reply) =>
      show(request, reply, await open(request, place, findPart(request.params))),
    );
    server.post(ofParts, { config: place.editing, schema: { params: ofPart, body } }, async (request, reply) =>
      keep(request, reply, place, findPart(request.params)),
    );
    // The common ways are the government's.
    if (place.kind !== 'government') continue;
    const ofTargets = `${place.path}/needs/:needKey/targets/:targetId/range`;
    server.get(ofTargets, { config: place.editing, schema: { params: ofTarget } }, async (request, reply) =>
      show(request, reply, await open(request, place, findTarget(request.params))),
    );
    server.post(ofTargets, { config: place.editing, schema: { params: ofTarget, body } }, async (request, reply) =>
      keep(request, reply, place, findTarget(request.params)),
    );
  }

  type Find = (tx: Tx, standing: Standing) => Promise<Asked>;

  function open(request: FastifyRequest, place: Place, find: Find): Promise<Asked> {
    return openEstate(pages, request, place, { current: '' }, find);
  }

  async function keep(request: FastifyRequest<{ Body: Sent }>, reply: FastifyReply, place: Place, find: Find) {
    const { asked, errors } = await openEstate(pages, request, place, { current: '' }, async (tx, standing) => {
      const found = await find(tx, standing);
      const read = readRange(request.body);
      if (read.errors.length === 0) {
        await saveRange(tx, found.subject, read.range, read.source || `said by ${personOf(request).name}`);
      }
      return { asked: found, errors: read.errors };
    });
    if (errors.length === 0) return reply.redirect(`${asked.backTo}?done=saved`, 303);
    return show(request, reply.code(422), asked, { body: request.body, errors });
  }

  function show(
    request: FastifyRequest,
    reply: FastifyReply,
    { standing, subject, backTo, stated, otherwise }: Asked,
    sent?: { readonly body: Sent; readonly errors: readonly PageError[] },
  ) {
    const heading = `How far the estimates of ${subject.name} may be wrong`;
    return reply.page('estate/form', {
      title: heading,
      ...standing.frame,
      heading,
      lead: `A plan draws 500 outcomes from this range, and says what one in ten of them falls short of. The best plan itself is found from the estimates. Empty the form, and ${otherwise} hold again.`,
      action: request.url,
      backLink: backTo,
      ...(sent === undefined ? {} : { errors: sent.errors }),
      form: drawForm(rangeForm, answersOf(stated ?? { ...usualRange, source: '' }), sent),
      submit: 'Keep the range',
    });
  }
}

function findTarget({ needKey, targetId }: { needKey: string; targetId: string }) {
  return async (tx: Tx, standing: Standing): Promise<Asked> => {
    const target = (await listTargets(tx)).find((each) => each.id === targetId && each.needKey === needKey);
    if (target === undefined) throw new Problem('not-found');
    return {
      standing,
      subject: { kind: 'target', id: target.id, name: target.name },
      backTo: `${standing.base}/needs/${needKey}`,
      stated: (await listRanges(tx)).get(target.id),
      otherwise: 'the usual numbers',
    };
  };
}

function findPart({ systemId, kind }: { systemId: string; kind: string }) {
  return async (tx: Tx, standing: Standing): Promise<Asked> => {
    const system = await getSystem(tx, systemId);
    const part = system.parts.find((each) => each.kind === kind);
    if (part === undefined) throw new Problem('not-found');
    return {
      standing,
      subject: { kind: 'part', id: part.id, name: `${system.name}: ${kind}`, departmentId: system.departmentId },
      backTo: `${standing.base}/systems/${system.id}`,
      stated: (await listRanges(tx)).get(part.id),
      otherwise: 'those of wherever it moves to',
    };
  };
}

function answersOf(range: EstimateRange & { readonly source: string }): Record<string, Answer> {
  return {
    movingLeast: range.moving.least,
    movingLikeliest: range.moving.likeliest,
    movingMost: range.moving.most,
    yearlyLeast: range.yearly.least,
    yearlyLikeliest: range.yearly.likeliest,
    yearlyMost: range.yearly.most,
    late1: range.late[0],
    late2: range.late[1],
    late3: range.late[2],
    source: range.source,
  };
}

/** What was sent: a range, or null where every number was left empty. */
function readRange(sent: Sent): { range: EstimateRange | null; source: string; errors: PageError[] } {
  const { said, errors } = readSent(rangeForm, sent, {}, 'all');
  const source = typeof said['source'] === 'string' ? said['source'] : '';
  const numbers = rangeForm.filter(({ kind }) => kind === 'share');
  if (errors.length > 0 || numbers.every(({ name }) => said[name] === undefined)) {
    return { range: null, source, errors };
  }
  const number = (name: RangeNumber): number => {
    const value = said[name];
    return typeof value === 'number' ? value : 0;
  };
  const range: EstimateRange = {
    moving: { least: number('movingLeast'), likeliest: number('movingLikeliest'), most: number('movingMost') },
    yearly: { least: number('yearlyLeast'), likeliest: number('yearlyLikeliest'), most: number('yearlyMost') },
    late: [number('late1'), number('late2'), number('late3')],
  };
  const missing = numbers
    .filter(({ name }) => said[name] === undefined)
    .map(({ name, label }) => ({ href: `#${name}`, text: `${label}: enter a number of per cent, such as 100` }));
  return {
    range,
    source,
    errors: missing.length > 0 ? missing : wrongWith(range).map(({ of, text }) => ({ href: `#${of}`, text })),
  };
}
