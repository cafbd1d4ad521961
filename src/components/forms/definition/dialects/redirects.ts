import { textOf } from '../form.ts';
import type { Link, Page } from '../form.ts';
import type { Source } from './reading.ts';

/**
 * A way out of the form to another service (`redirect`): nobody is sent there unasked, and nobody goes on without noticing. They come
 * to a page that ends the journey and has the link.
 *
 * @returns the page, and the way to it; null where the link leads to a page of the form.
 */
export function readRedirect(
  source: Source,
  link: Link,
  from: Page,
  number: number,
): { page: Page; link: Link } | null {
  const address = textOf(source.peek('redirect')).trim();
  if (link.path !== '' || !/^https?:\/\/[^\s"<>]+$/i.test(address)) return null;
  const path = `${from.path}/elsewhere-${number}`;
  const none = { component: { derived: true }, options: {}, schema: {} };
  const page: Page = {
    id: `${from.id} elsewhere ${number}`,
    path,
    title: 'Carry on with another service',
    kind: 'terminal',
    section: from.section,
    condition: null,
    components: [
      {
        kind: 'html',
        id: 'elsewhere',
        type: 'Html',
        title: '',
        condition: null,
        content: `<p>You cannot use this service with the answers that you gave. Carry on at <a href="${address}">${address}</a>.</p>`,
        extra: none,
      },
    ],
    next: [],
    repeat: null,
    extra: {},
  };
  return { page, link: { ...link, path } };
}
