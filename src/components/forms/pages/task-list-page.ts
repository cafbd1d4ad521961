import { Type } from 'typebox';
import { components, escapeHtml } from '#design';
import type { Server } from '#platform';
import { isTrying } from '../applications/applications.ts';
import { everything } from '../applications/steps.ts';
import { findTasks } from '../journey/tasks.ts';
import type { Task } from '../journey/tasks.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { languageOfPage } from './language.ts';
import { answerElsewhere } from './opening.ts';
import type { Opening } from './opening.ts';
import { previewNotice } from './preview-cookie.ts';
import { addressOf, checkAddress, pageAddress, pageService } from './service-frame.ts';

const because = 'citizens apply without an account; the secret in their cookie finds their application';
const holder = { access: { who: 'holder', of: 'application', because } } as const;
const serviceParams = Type.Object({ service: Type.String({ maxLength: 200 }) });

/** The tasks of a form that has a task list, each with its state. */
export function addTaskListPage(server: Server, { opening }: { opening: Opening }): void {
  server.get(
    '/services/:service/tasks',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const opened = await opening.openForm(request, request.params.service, () => everything);
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      const { service, form, journey, presented } = opened;
      if (!form.compiled.form.isTaskList) return reply.redirect(checkAddress(service), 303);
      const { before, tasks } = findTasks(form.compiled, journey);
      if (before) return reply.redirect(pageAddress(service, before.key), 303);
      const done = tasks.filter(({ state }) => state === 'completed').length;
      const isComplete = journey.firstUnanswered() === null;
      const address = (key: string): string => pageAddress(service, key);
      const words = wordsOf(form.compiled.form.language);
      const say = words.tasks;
      const html = `<h1 class="govuk-heading-l">${escapeHtml(say.title)}</h1>
<p class="govuk-body">${escapeHtml(say.done(done, tasks.length))}</p>
${components.taskList({ idPrefix: 'task', items: tasks.map((task) => itemOf(task, address, words)) })}
${
  isComplete
    ? components.button({ text: say.check, href: checkAddress(service) })
    : `<p class="govuk-body">${escapeHtml(say.notYet)}</p>`
}`;
      return reply.contentPage(html, {
        title: say.title,
        service: pageService(service),
        ...languageOfPage(request, service, form.compiled.form),
        backLink: addressOf(service),
        ...(isTrying(presented) ? { notice: previewNotice } : {}),
      });
    },
  );
}

type Item = Parameters<typeof components.taskList>[0]['items'][number];

/** The states in the words and looks of the GOV.UK Design System, "Complete multiple tasks". */
function itemOf({ title, state, start }: Task, address: (key: string) => string, { tasks: say }: Words): Item {
  const named = { title: { text: title } };
  const link = start === null ? {} : { href: address(start) };
  switch (state) {
    case 'completed':
      return { ...named, ...link, status: { text: say.completed } };
    case 'in progress':
      return { ...named, ...link, status: { tag: { text: say.inProgress, classes: 'govuk-tag--light-blue' } } };
    case 'not started':
      return { ...named, ...link, status: { tag: { text: say.notStarted, classes: 'govuk-tag--blue' } } };
    case 'cannot start yet':
      return {
        ...named,
        hint: { html: escapeHtml(say.depends) },
        status: { text: say.cannotStart },
      };
  }
}
