import { Type } from 'typebox';
import { formatDate, type PageError } from '#design';
import { listServicesAcross } from '#organisations';
import { oneOf, personOf, Problem, type Server } from '#platform';
import { aboutAreas } from '../areas.ts';
import { listNeeds } from '../needs/needs.ts';
import { listSuggestions } from '../needs/suggestions.ts';
import { listTargets } from '../needs/targets.ts';
import { listChanges, type Source, type Statement } from '../statements.ts';
import { listDepartments } from '../suppliers/departments.ts';
import { addDependency, listDependencies } from '../systems/dependencies.ts';
import { partKinds } from '../systems/parts.ts';
import { listServedServices } from '../systems/served-services.ts';
import { questionsAbout } from '../systems/questions.ts';
import { fits, getSystem, saveSystem, type System } from '../systems/systems.ts';
import { readEstate } from '../whole-estate.ts';
import { drawForm, readSent } from './asked.ts';
import { historyItems, saySourceOnce } from './history-words.ts';
import { body, field, ofPlace, ofSystem, openEstate, params, places, type EstatePages } from './places.ts';
import { knownOf, knownOfPart, partForm, systemForm, valuesOf } from './system-form.ts';
import { decisionWords, exactMoney, shortMoney } from './words.ts';

const ofPart = Type.Object({ ...ofPlace, systemId: Type.String({ format: 'uuid' }), kind: Type.Enum(partKinds) });

/** Each system's page, and how what is known of it is changed. */
export function addSystemPages(server: Server, pages: EstatePages): void {
  const today = (): string => pages.calendar.today();
  for (const place of places) {
    server.get(`${place.path}/systems/new`, { config: place.editing, schema: { params } }, async (request, reply) => {
      const { standing, departments } = await openEstate(pages, request, place, { current: '' }, async (tx, open) => ({
        standing: open,
        departments: await listDepartments(tx),
      }));
      return reply.page('estate/form', {
        title: 'Add a system',
        ...standing.frame,
        heading: 'Add a system',
        action: `${standing.base}/systems`,
        backLink: standing.base,
        form: drawForm([...departmentField(standing.place, departments), ...systemForm], {}),
        submit: 'Add the system',
      });
    });

    server.post(
      `${place.path}/systems`,
      { config: place.editing, schema: { params, body } },
      async (request, reply) => {
        const answer = await openEstate(pages, request, place, { current: '', adding: true }, async (tx, open) => {
          const departments = await listDepartments(tx);
          const form = [...departmentField(open.place, departments), ...systemForm];
          const { said, errors } = readSent(form, request.body, {}, 'changes');
          const name = typeof said['name'] === 'string' ? said['name'] : '';
          const departmentId =
            open.departmentId ?? (typeof said['departmentId'] === 'string' ? said['departmentId'] : null);
          const missing: PageError[] = [
            ...(departmentId === null ? [{ href: '#departmentId', text: 'Choose the department that runs it' }] : []),
            ...(name === '' ? [{ href: '#name', text: 'Enter what the system is called' }] : []),
          ];
          if (errors.length + missing.length > 0 || departmentId === null) {
            return { standing: open, form, errors: [...missing, ...errors], address: '' };
          }
          const saved = await saveSystem(
            tx,
            { ...valuesOf(said), departmentId, name, currency: pages.currency },
            saidBy(personOf(request).name, today(), 'added it here'),
          );
          return { standing: open, form, errors: [], address: `${open.base}/systems/${saved.id}?done=saved` };
        });
        if (answer.address !== '') return reply.redirect(answer.address, 303);
        return reply.code(422).page('estate/form', {
          title: 'Add a system',
          ...answer.standing.frame,
          heading: 'Add a system',
          action: `${answer.standing.base}/systems`,
          backLink: answer.standing.base,
          errors: answer.errors,
          form: drawForm(answer.form, {}, { body: request.body, errors: answer.errors }),
          submit: 'Add the system',
        });
      },
    );

    server.get(
      `${place.path}/systems/:systemId`,
      { config: place.reading, schema: { params: ofSystem, querystring: Type.Object({ done: field }) } },
      async (request, reply) => {
        const asAt = today();
        const { systemId } = request.params;
        const found = await openEstate(pages, request, place, { current: '' }, async (tx, standing) => {
          const estate = await readEstate(tx, asAt);
          const system = estate.systems.find((each) => each.id === systemId);
          if (system === undefined) throw new Problem('not-found');
          return {
            standing,
            estate,
            system,
            needs: new Map((await listNeeds(tx)).map((need) => [need.key, need])),
            targets: new Map((await listTargets(tx)).map((target) => [target.id, target.name])),
            served: await listServedServices(tx, { systemId }),
            dependencies: await listDependencies(tx, systemId),
            changes: await listChanges(tx, [systemId, ...system.parts.map((part) => part.id)], 60),
            suggestions: (
              await Promise.all(system.parts.map((part) => listSuggestions(tx, { subjectId: part.id })))
            ).flat(),
          };
        });
        const { standing, system, estate, needs } = found;
        const services = new Map(
          found.served.length === 0 ? [] : (await listServicesAcross(pages.database)).map((each) => [each.id, each]),
        );
        const { base } = standing;
        const nameOf = (id: string): { text: string; href: string | null } => {
          const other = estate.systems.find((each) => each.id === id);
          return other === undefined
            ? { text: 'A system of another department', href: null }
            : { text: other.name, href: `${base}/systems/${id}` };
        };
        const kindOf = new Map(system.parts.map((part) => [part.id, part.kind]));
        return reply.page('estate/system', {
          title: system.name,
          ...standing.frame,
          notice: request.query.done === undefined ? undefined : { type: 'success', heading: 'What you said was kept' },
          mayEdit: standing.mayEdit,
          system,
          address: `${base}/systems/${system.id}`,
          area: system.area === null ? null : aboutAreas[system.area].name,
          cost: exactMoney(system.yearlyCost, system.currency),
          decideBy:
            system.decideBy === null ? null : { day: formatDate(system.decideBy), isLate: system.decideBy < asAt },
          questions: questionsAbout(system, asAt),
          breaches: system.breaches
            .toSorted((one, other) => Number(one.kind === 'approval') - Number(other.kind === 'approval'))
            .map((breach) => ({
              words: breach.rule.words,
              reason: breach.reason,
              kind: breach.kind,
              contracts: breach.contractIds
                .filter((id) => system.contractIds.includes(id))
                .flatMap((id) => estate.contracts.find((each) => each.id === id) ?? []),
              others: breach.contractIds.filter((id) => !system.contractIds.includes(id)).length,
              href: `${base}/rules?rule=${breach.rule.key}`,
            })),
          known: saySourceOnce(
            systemForm
              .filter((each) => each.name !== 'name')
              .map((each) => ({
                label: each.label,
                value: shownValue(system, each.name),
                stated: statedWords(system.stated[each.name]),
              })),
          ),
          parts: system.parts.map((part) => ({
            kind: part.kind,
            need:
              part.needKey === null ? null : { key: part.needKey, name: needs.get(part.needKey)?.name ?? part.needKey },
            cost: exactMoney(part.yearlyCost, system.currency),
            moved:
              part.movedOn === null
                ? null
                : `Moved to ${found.targets.get(part.targetId ?? '') ?? 'a target that is closed'} on ${formatDate(part.movedOn)}`,
            contracts: estate.shares
              .filter((share) => share.partId === part.id)
              .flatMap((share) => {
                const contract = estate.contracts.find((each) => each.id === share.contractId);
                return contract === undefined ? [] : [{ ...contract, share: `${share.shareBasisPoints / 100}%` }];
              }),
          })),
          kinds: partKinds.filter((kind) => !system.parts.some((part) => part.kind === kind)),
          contracts: estate.contracts
            .filter((contract) => system.contractIds.includes(contract.id))
            .map((contract) => ({
              ...contract,
              decision: decisionWords(contract.dates),
              decideBy: contract.dates?.decision?.by ?? null,
              isLate: (contract.dates?.decision?.by ?? '9999') < asAt,
              cost: contract.yearlyCost === null ? 'Not known' : shortMoney(contract.yearlyCost, contract.currency),
            }))
            .toSorted((one, other) => (one.decideBy ?? '9999').localeCompare(other.decideBy ?? '9999')),
          needsFrom: found.dependencies
            .filter((each) => each.systemId === system.id)
            .map((each) => ({ ...nameOf(each.dependsOnId), reason: each.reason })),
          neededBy: found.dependencies
            .filter((each) => each.dependsOnId === system.id)
            .map((each) => ({ ...nameOf(each.systemId), reason: each.reason })),
          others: estate.systems.filter((each) => each.id !== system.id && each.departmentId === system.departmentId),
          suggestions: found.suggestions,
          served: found.served.map((each) => {
            const service = services.get(each.serviceId);
            // A department changes the shares of its own services; those of others are the government's to settle.
            const mayChange =
              standing.place === 'government' || service?.organisationId === request.params.organisationId;
            return {
              name: service === undefined ? 'A service that is gone' : `${service.name}, ${service.organisationName}`,
              share: `${each.shareBasisPoints / 100}%`,
              since: each.since,
              href:
                service !== undefined && mayChange ? `${base}/systems/${system.id}/services/${each.serviceId}` : null,
            };
          }),
          history: historyItems(found.changes, {
            timeZone: pages.calendar.timeZone,
            partOf: (change) => (change.subjectKind === 'part' ? `${kindOf.get(change.subjectId) ?? 'part'}: ` : ''),
          }),
        });
      },
    );

    for (const [path, only] of [
      ['edit', false],
      ['questions', true],
    ] as const) {
      server.get(
        `${place.path}/systems/:systemId/${path}`,
        { config: place.editing, schema: { params: ofSystem } },
        async (request, reply) => {
          const { standing, system, asked } = await openEstate(
            pages,
            request,
            place,
            { current: only ? '/questions' : '' },
            async (tx, open) => {
              const found = await getSystem(tx, request.params.systemId);
              const mapped = { ...found, contractIds: [], decideBy: null, breaches: [] };
              return { standing: open, system: found, asked: questionsAbout(mapped, today()) };
            },
          );
          const names = asked.map((question) => question.field);
          const fields = only ? systemForm.filter((each) => names.includes(each.name)) : systemForm;
          return reply.page('estate/form', {
            title: only ? `To answer about ${system.name}` : `Change ${system.name}`,
            ...standing.frame,
            heading: only ? `To answer about ${system.name}` : `Change ${system.name}`,
            lead: only
              ? 'Only what is missing, or was said long ago. Leave empty what you do not know. What you send is kept as said by you today.'
              : 'What you change is kept as said by you today.',
            action: `${standing.base}/systems/${system.id}`,
            backLink: `${standing.base}/systems/${system.id}`,
            take: only ? 'all' : 'changes',
            form: drawForm(fields, knownOf(system)),
            asked: only
              ? asked.map((question) => ({ ...question, last: statedWords(question.last ?? undefined) }))
              : [],
            partLinks: only
              ? asked
                  .filter((question) => question.field === 'cost' || question.field === 'need')
                  .map((question) => ({
                    text: question.words,
                    href: `${standing.base}/systems/${system.id}/parts/application`,
                  }))
              : [],
            submit: only ? 'Send what I know' : 'Keep the changes',
          });
        },
      );
    }

    server.post(
      `${place.path}/systems/:systemId`,
      { config: place.editing, schema: { params: ofSystem, body } },
      async (request, reply) => {
        const answer = await openEstate(pages, request, place, { current: '' }, async (tx, standing) => {
          const system = await getSystem(tx, request.params.systemId);
          const take = request.body['take'] === 'all' ? 'all' : 'changes';
          const { said, errors } = readSent(systemForm, request.body, knownOf(system), take);
          if (said['name'] === null) errors.unshift({ href: '#name', text: 'Enter what the system is called' });
          if (errors.length === 0) {
            const source = saidBy(
              personOf(request).name,
              today(),
              take === 'all' ? 'answered what was asked' : 'changed it here',
            );
            const name = typeof said['name'] === 'string' ? said['name'] : system.name;
            await saveSystem(tx, { ...valuesOf(said), id: system.id, departmentId: system.departmentId, name }, source);
          }
          return { standing, system, errors };
        });
        const address = `${answer.standing.base}/systems/${answer.system.id}`;
        if (answer.errors.length === 0) return reply.redirect(`${address}?done=saved`, 303);
        const fields = systemForm.filter((each) => request.body[each.name] !== undefined);
        return reply.code(422).page('estate/form', {
          title: `Change ${answer.system.name}`,
          ...answer.standing.frame,
          heading: `Change ${answer.system.name}`,
          action: address,
          backLink: address,
          take: request.body['take'] ?? 'changes',
          errors: answer.errors,
          form: drawForm(fields, knownOf(answer.system), { body: request.body, errors: answer.errors }),
          submit: 'Keep the changes',
        });
      },
    );

    server.get(
      `${place.path}/systems/:systemId/parts/:kind`,
      { config: place.editing, schema: { params: ofPart } },
      async (request, reply) => {
        const { standing, system, needs } = await openEstate(
          pages,
          request,
          place,
          { current: '' },
          async (tx, open) => ({
            standing: open,
            system: await getSystem(tx, request.params.systemId),
            needs: await listNeeds(tx),
          }),
        );
        const part = system.parts.find((each) => each.kind === request.params.kind);
        const address = `${standing.base}/systems/${system.id}`;
        return reply.page('estate/form', {
          title: `${system.name}: ${request.params.kind}`,
          ...standing.frame,
          heading: `The ${request.params.kind} of ${system.name}`,
          lead: 'What this part is needed for and costs. A part can stay or move by itself.',
          action: `${address}/parts/${request.params.kind}`,
          backLink: address,
          take: 'changes',
          partLinks:
            part === undefined
              ? []
              : [
                  {
                    text: 'How far the estimates of its move may be wrong',
                    href: `${address}/parts/${part.kind}/range`,
                  },
                ],
          form: drawForm(partForm(needs), knownOfPart(part)),
          submit: 'Keep the changes',
        });
      },
    );

    server.post(
      `${place.path}/systems/:systemId/parts/:kind`,
      { config: place.editing, schema: { params: ofPart, body } },
      async (request, reply) => {
        const { kind } = request.params;
        const answer = await openEstate(pages, request, place, { current: '' }, async (tx, standing) => {
          const system = await getSystem(tx, request.params.systemId);
          const form = partForm(await listNeeds(tx));
          const known = knownOfPart(system.parts.find((each) => each.kind === kind));
          const { said, errors } = readSent(form, request.body, known, 'changes');
          if (errors.length === 0) {
            const { needKey, ...costs } = said;
            await saveSystem(
              tx,
              {
                id: system.id,
                departmentId: system.departmentId,
                name: system.name,
                parts: [
                  {
                    kind,
                    ...(needKey === undefined ? {} : { needKey: typeof needKey === 'string' ? needKey : null }),
                    costs: Object.fromEntries(
                      Object.entries(costs).map(([name, value]) => [name, typeof value === 'number' ? value : null]),
                    ),
                  },
                ],
              },
              saidBy(personOf(request).name, today(), 'changed it here'),
            );
          }
          return { standing, system, form, known, errors };
        });
        const address = `${answer.standing.base}/systems/${answer.system.id}`;
        if (answer.errors.length === 0) return reply.redirect(`${address}?done=saved`, 303);
        return reply.code(422).page('estate/form', {
          title: `${answer.system.name}: ${kind}`,
          ...answer.standing.frame,
          heading: `The ${kind} of ${answer.system.name}`,
          action: `${address}/parts/${kind}`,
          backLink: address,
          errors: answer.errors,
          form: drawForm(answer.form, answer.known, { body: request.body, errors: answer.errors }),
          submit: 'Keep the changes',
        });
      },
    );

    server.post(
      `${place.path}/systems/:systemId/dependencies`,
      { config: place.editing, schema: { params: ofSystem, body } },
      async (request, reply) => {
        const { systemId } = request.params;
        const address = await openEstate(pages, request, place, { current: '' }, async (tx, standing) => {
          const dependsOnId = request.body['dependsOnId'] ?? '';
          if (!/^[0-9a-f-]{36}$/.test(dependsOnId)) {
            throw new Problem('unprocessable', {
              message: 'Choose the system that it cannot do without, then send it again.',
            });
          }
          await addDependency(tx, { systemId, dependsOnId, reason: (request.body['reason'] ?? '').slice(0, 200) });
          return `${standing.base}/systems/${systemId}?done=saved`;
        });
        return reply.redirect(address, 303);
      },
    );
  }
}

function departmentField(place: 'government' | 'department', departments: readonly { id: string; name: string }[]) {
  return place === 'department'
    ? []
    : [
        {
          name: 'departmentId',
          label: 'Department',
          kind: 'choice' as const,
          choices: departments.map((each) => [each.id, each.name] as const),
        },
      ];
}

/** What a person says on a page, as a source. */
export function saidBy(name: string, statedOn: string, how: string): Source {
  return { kind: 'person', name: `${name} ${how}`, statedOn };
}

function shownValue(system: System, name: string): string {
  const value = knownOf(system)[name];
  if (value === null || value === undefined || value === '') return 'Not known';
  if (name === 'area' && system.area !== null) return aboutAreas[system.area].name;
  if (name === 'businessFit' || name === 'technicalFit')
    return `${Number(value)}, ${oneOf(fits, fits[Number(value) - 1] ?? '')}`;
  if (typeof value === 'number') return new Intl.NumberFormat('en-GB').format(value);
  return typeof value === 'string' ? value.charAt(0).toUpperCase() + value.slice(1) : '';
}

function statedWords(statement: Statement | undefined): string | null {
  return statement === undefined ? null : `As of ${formatDate(statement.on)}, by ${statement.by} (${statement.source})`;
}
