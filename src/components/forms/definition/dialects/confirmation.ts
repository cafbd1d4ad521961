import { escapeHtml } from '#design';
import { textOf } from '../form.ts';
import type { Component, Page } from '../form.ts';
import { readComponent } from './components.ts';
import type { ComponentReaders } from './components.ts';
import type { Names } from './names.ts';
import { most } from './reading.ts';
import type { Source } from './reading.ts';

/**
 * What stands on the page after sending: XGov's `specialPages.confirmationPage`, with texts and content, or, since V2 has no place
 * for it, the same in the metadata of V2. What it says of a payment that was skipped is left out: no payment is.
 */
export function readConfirmation(
  source: Source,
  { names, readers }: { names: Names; readers: ComponentReaders },
): Page | null {
  const texts = source.look('customText');
  const nextSteps = textOf(texts.peek('nextSteps'));
  const own = source.objects('components', most.components).map((each) => readComponent(each, names, readers));
  const components = [
    ...(nextSteps === '' || nextSteps === 'true' || nextSteps === 'false' ? [] : [saying(nextSteps, names, source)]),
    ...own.filter((component) => !('key' in component)),
  ];
  const title = textOf(source.peek('title')) || textOf(texts.peek('title'));
  if (components.length === 0 && title === '') return null;
  return {
    id: 'confirmation',
    path: '/confirmation',
    title,
    kind: 'passed-over',
    section: null,
    condition: null,
    components,
    next: [],
    repeat: null,
    extra: {},
  };
}

function saying(text: string, names: Names, source: Source): Component {
  names.templates.push({ source, key: 'customText', text });
  return {
    kind: 'html',
    id: 'next-steps',
    type: 'Html',
    title: '',
    condition: null,
    content: /<\/?[a-z]/i.test(text) ? text : `<p>${escapeHtml(text)}</p>`,
    extra: { component: {}, options: {}, schema: {} },
  };
}
