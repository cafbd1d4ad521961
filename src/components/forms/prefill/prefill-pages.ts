import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { scopeOf } from '#platform';
import type { Calendar, Database, Server } from '#platform';
import type { CompiledFlow, CompiledForm } from '../versions/compile.ts';
import { formAddress, managers, ofService } from '../designer/pages/desk.ts';
import type { Json, JsonObject } from '../definition/form.ts';
import { formPage } from '../pages/form-pages.ts';
import { samplePosts } from '../check/samples.ts';
import { findLiveForm } from '../versions/versions.ts';
import { shapeOf } from './filled-in.ts';
import { countPrefills, mostDays, usualDays } from './prefills.ts';

/** How a department's own system makes links that open the form with answers filled in. */
export function addPrefillPages(
  server: Server,
  {
    database,
    frames,
    calendar,
    publicUrl,
  }: { database: Database; frames: Frames; calendar: Calendar; publicUrl: string },
): void {
  server.get(`${formAddress}/prefill`, { config: managers, schema: { params: ofService } }, async (request, reply) => {
    const { serviceId } = request.params;
    const { service, waiting } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      waiting: await countPrefills(tx, serviceId),
    }));
    const form = await findLiveForm(database, scopeOf(request), serviceId);
    const frame = frames.ofService(request, service, formPage.path);
    const address = `/staff/organisations/${service.organisationId}/services/${service.id}`;
    const fields = form ? listFields(form.compiled, '') : [];
    const answers = form ? exampleOf(form.compiled, calendar.today()) : {};
    return reply.page('forms/prefill/how', {
      title: 'Links with answers filled in',
      ...frame,
      breadcrumbs: [...frame.breadcrumbs, { text: 'Form', href: `${address}/form` }],
      of: service,
      formAddress: `${address}/form`,
      keys: `${address}/keys`,
      fields,
      waiting,
      usualDays,
      mostDays,
      example: [
        `curl ${publicUrl}/api/prefilled-forms \\`,
        `  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\`,
        `  -d '${JSON.stringify({ answers, reference: 'our-file-4711' }, null, 2).replaceAll("'", '’')}'`,
      ].join('\n'),
    });
  });
}

interface Field {
  name: string;
  title: string;
  value: string;
  choices: string;
}

const notFilledIn = new Set(['file-upload', 'declaration', 'payment']);

function listFields(flow: CompiledFlow, within: string): Field[] {
  return flow.pages.flatMap((page) => {
    if (page.repeat) {
      const { name, itemTitle, max } = page.repeat.repeat;
      const list = {
        name: within + name,
        title: page.title,
        value: `a list of objects, at most ${max}`,
        choices: itemTitle,
      };
      return [list, ...listFields(page.repeat.flow, `${within}${name}[].`)];
    }
    return page.questions
      .filter(({ question }) => !notFilledIn.has(question.kind))
      .map((compiled) => ({
        name: within + compiled.question.name,
        title: compiled.question.title,
        value: shapeOf(compiled),
        choices: '',
      }));
  });
}

/** Answers that the form takes, of its first few questions. */
function exampleOf(form: CompiledForm, today: string): JsonObject {
  const lists = new Map(form.form.lists.map((list) => [list.id, list]));
  const example: [string, Json][] = [];
  for (const { questions } of form.pages) {
    for (const compiled of questions) {
      if (example.length === 3 || notFilledIn.has(compiled.question.kind)) continue;
      for (const posted of samplePosts(compiled.question, { lists, compared: [], today })) {
        const { answer, mistakes } = compiled.parse(posted, { today });
        if (answer === null || mistakes.length > 0) continue;
        example.push([compiled.question.name, compiled.exported(answer)]);
        break;
      }
    }
  }
  return Object.fromEntries(example);
}
