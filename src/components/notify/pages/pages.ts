import type { Server } from '#platform';
import { addBatchPages } from './batch-pages.ts';
import { addMessagePages } from './message-pages.ts';
import { addNumberPages } from './number-pages.ts';
import type { PageDependencies } from './section.ts';
import { addSendingPages } from './sending-pages.ts';
import { addTemplateLetterPages } from './template-letter-pages.ts';
import { addTemplatePages } from './template-pages.ts';

/** The pages of a service's messages: what was sent, numbers, sending from a file, templates, and how it sends. */
export function addPages(server: Server, dependencies: PageDependencies): void {
  addMessagePages(server, dependencies);
  addNumberPages(server, dependencies);
  addBatchPages(server, dependencies);
  addTemplatePages(server, dependencies);
  addTemplateLetterPages(server, dependencies);
  addSendingPages(server, dependencies);
}
