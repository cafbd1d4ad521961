import { escapeHtml } from '#design';
import { textOf } from '../form.ts';
import type { JsonObject } from '../form.ts';
import { isObject, most } from './reading.ts';
import type { Source } from './reading.ts';

/**
 * UKHSA's fork has components that gather several questions under one title. Here each is a question of its own, and the title stands
 * above them.
 *
 * @returns the components of a page, without such.
 */
export function ungather(sources: readonly Source[]): Source[] {
  return sources.flatMap((source) => {
    const type = textOf(source.peek('type'));
    if (type === 'Fieldset') return ungatherFieldset(source);
    if (type === 'ContactDetailsCollection') return ungatherContact(source);
    return [source];
  });
}

function ungatherFieldset(source: Source): Source[] {
  const { validation } = optionsOf(source);
  if (Array.isArray(validation) && validation.length > 0) {
    source.warning(
      'options',
      'How many of these questions must be answered is not checked together. Make those required that must be answered.',
    );
  }
  return [...titleOf(source), ...source.objects('components', most.components)];
}

/** A mobile number or an e-mail address, and a landline number beside them. */
function ungatherContact(source: Source): Source[] {
  const name = textOf(source.peek('name'));
  const optional = { required: false, optionalText: false };
  if (optionsOf(source)['required'] !== false) {
    source.warning(
      'options',
      'Whether a mobile number or an e-mail address was given is not checked together. An e-mail address is asked of everybody.',
    );
  }
  return [
    ...titleOf(source),
    source.made({
      type: 'TelephoneNumberField',
      name: `${name}MobileNumber`,
      title: 'Mobile number',
      hint: 'For example, 07700 900999',
      options: optional,
    }),
    source.made({
      type: 'EmailAddressField',
      name: `${name}EmailAddress`,
      title: 'Email address',
      hint: 'For example, name@example.com',
      options: optionsOf(source)['required'] === false ? optional : {},
    }),
    source.made({
      type: 'TelephoneNumberField',
      name: `${name}LandlineNumber`,
      title: 'Landline number',
      hint: 'For example, 020 7123 4567',
      options: optional,
    }),
  ];
}

function titleOf(source: Source): Source[] {
  const title = source.words('title') ?? '';
  if (title === '') return [];
  return [source.made({ type: 'Html', content: `<h2 class="govuk-heading-m">${escapeHtml(title)}</h2>` })];
}

function optionsOf(source: Source): JsonObject {
  const options = source.peek('options');
  return isObject(options) ? options : {};
}
