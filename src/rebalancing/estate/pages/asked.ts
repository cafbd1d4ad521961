import { drawField, isAsked, isSameAnswer, readField, shownIn, type Answer, type FormField } from './form-fields.ts';

type Body = Readonly<Record<string, string | undefined>>;

/** The fields of a form as a page shows them: with what is known, or with what was typed and what is wrong with it. */
export function drawForm(
  fields: readonly FormField[],
  known: Readonly<Record<string, Answer>>,
  sent?: { readonly body: Body; readonly errors: readonly { href: string; text: string }[] },
): string {
  const given: Record<string, string | undefined> = Object.assign(
    {},
    ...fields.map((field) => shownIn(field, known[field.name] ?? null)),
    sent?.body,
  );
  return fields
    .map((field) => drawField(field, given, sent?.errors.find((error) => error.href === hrefOf(field))?.text))
    .join('\n');
}

/**
 * What a form said: of all its fields that were sent (`all`), or of those that differ from what is known, so that nobody is
 * taken to have confirmed what they only left as it was.
 */
export function readSent(
  fields: readonly FormField[],
  body: Body,
  known: Readonly<Record<string, Answer>>,
  take: 'changes' | 'all',
): { said: Record<string, Answer>; errors: { href: string; text: string }[] } {
  const said: Record<string, Answer> = {};
  const errors: { href: string; text: string }[] = [];
  for (const field of fields) {
    if (!isAsked(field, body)) continue;
    const read = readField(field, body);
    if ('error' in read) errors.push({ href: hrefOf(field), text: read.error });
    else if (!isSameAnswer(read.value, known[field.name] ?? null)) said[field.name] = read.value;
    else if (take === 'all' && read.value !== null && read.value !== '') said[field.name] = read.value;
  }
  return { said, errors };
}

function hrefOf(field: FormField): string {
  return `#${field.kind === 'day' ? `${field.name}-day` : field.name}`;
}
