import { Type } from 'typebox';
import { components, escapeHtml } from '#design';
import type { Server } from '#platform';
import { everything, isTrying } from '../applications.ts';
import { findTasks } from '../tasks.ts';
import type { Task } from '../tasks.ts';
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
      const html = `<h1 class="govuk-heading-l">Your application</h1>
<p class="govuk-body">You have completed ${done} of ${tasks.length} tasks.</p>
${components.taskList({ idPrefix: 'task', items: tasks.map((task) => itemOf(task, address)) })}
${
  isComplete
    ? components.button({ text: 'Check your answers and send', href: checkAddress(service) })
    : '<p class="govuk-body">You can check your answers and send them when all tasks are completed.</p>'
}`;
      return reply.contentPage(html, {
        title: 'Your application',
        service: pageService(service),
        backLink: addressOf(service),
        ...(isTrying(presented) ? { notice: previewNotice } : {}),
      });
    },
  );
}

type Item = Parameters<typeof components.taskList>[0]['items'][number];

/** The states in the words and looks of the GOV.UK Design System, "Complete multiple tasks". */
function itemOf({ title, state, start }: Task, address: (key: string) => string): Item {
  const named = { title: { text: title } };
  const link = start === null ? {} : { href: address(start) };
  switch (state) {
    case 'completed':
      return { ...named, ...link, status: { text: 'Completed' } };
    case 'in progress':
      return { ...named, ...link, status: { tag: { text: 'In progress', classes: 'govuk-tag--light-blue' } } };
    case 'not started':
      return { ...named, ...link, status: { tag: { text: 'Not yet started', classes: 'govuk-tag--blue' } } };
    case 'cannot start yet':
      return {
        ...named,
        hint: { html: escapeHtml('It depends on answers in other tasks') },
        status: { text: 'Cannot start yet' },
      };
  }
}
