import { components } from '#design';
import { isAddress } from '../definition/form.ts';
import type { Address, AddressQuestion, Answer, Json } from '../definition/form.ts';
import { commonParams, fieldsetParams, hintParams, mistake, postedLine, postedRaw, wrong } from './question.ts';
import type { Mistake, QuestionKind } from './question.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { nothing } from './text.ts';

/** Texts and errors: GOV.UK Design System, addresses, "Multiple text inputs". */
const parts = [
  {
    name: 'addressLine1',
    label: 'Address line 1',
    missing: 'Enter address line 1, typically the building and street',
    autocomplete: 'address-line1',
    classes: '',
  },
  {
    name: 'addressLine2',
    label: 'Address line 2 (optional)',
    missing: null,
    autocomplete: 'address-line2',
    classes: '',
  },
  {
    name: 'town',
    label: 'Town or city',
    missing: 'Enter town or city',
    autocomplete: 'address-level2',
    classes: 'govuk-!-width-two-thirds',
  },
  { name: 'county', label: 'County (optional)', missing: null, autocomplete: '', classes: 'govuk-!-width-two-thirds' },
  {
    name: 'postcode',
    label: 'Postcode',
    missing: 'Enter postcode',
    autocomplete: 'postal-code',
    classes: 'govuk-input--width-10',
  },
] as const;

const longestLine = 255;

export function addressKind(question: AddressQuestion): QuestionKind {
  const field = (part: string): string => `${question.key}-${part}`;
  return {
    parse(posted) {
      const typed = parts.map((part) => ({ part, text: postedLine(posted, field(part.name)) }));
      if (!question.required && typed.every(({ text }) => text === '')) return nothing;
      const mistakes: Mistake[] = [];
      const address: Record<string, string> = {};
      for (const { part, text } of typed) {
        if (text === '' && part.missing) {
          mistakes.push(mistake(question, 'required', part.missing, {}, field(part.name)));
        } else if (text.length > longestLine) {
          const long = `${part.label.replace(' (optional)', '')} must be ${longestLine} characters or less`;
          mistakes.push(mistake(question, 'long', long, { limit: longestLine }, field(part.name)));
        } else if (part.name === 'postcode') {
          const postcode = formatPostcode(text);
          if (postcode) address['postcode'] = postcode;
          else mistakes.push(mistake(question, 'format', 'Enter a full UK postcode', {}, field(part.name)));
        } else if (text !== '') address[part.name] = text;
      }
      return mistakes.length > 0 ? wrong(...mistakes) : { answer: toAddress(address), mistakes: [] };
    },
    fill: (answer) =>
      isAddress(answer) ? Object.fromEntries(parts.map((part) => [field(part.name), answer[part.name] ?? ''])) : {},
    lines: (answer) =>
      isAddress(answer) ? parts.map((part) => answer[part.name] ?? '').filter((line) => line !== '') : [],
    exported: (answer: Answer): Json => (isAddress(answer) ? { ...answer } : null),
    render: (posted, mistakes, options) =>
      components.fieldset({
        ...fieldsetParams(question, options),
        ...(question.hint ? { describedBy: `${question.key}-hint` } : {}),
        html:
          (question.hint ? components.hint({ id: `${question.key}-hint`, ...hintParams(question.hint) }) : '') +
          parts
            .map((part) =>
              components.input({
                ...commonParams(
                  { hint: null },
                  mistakes.filter((each) => each.field === field(part.name)),
                ),
                id: field(part.name),
                name: field(part.name),
                label: { text: labels(options.words ?? wordsOf('en'))[part.name] },
                value: postedRaw(posted, field(part.name)),
                ...(part.classes ? { classes: part.classes } : {}),
                ...(part.autocomplete ? { autocomplete: part.autocomplete } : {}),
              }),
            )
            .join(''),
      }),
  };
}

function labels({ address }: Words): Record<(typeof parts)[number]['name'], string> {
  return {
    addressLine1: address.line1,
    addressLine2: address.line2,
    town: address.town,
    county: address.county,
    postcode: address.postcode,
  };
}

function toAddress(typed: Readonly<Record<string, string>>): Address {
  const { addressLine1 = '', addressLine2, town = '', county, postcode = '' } = typed;
  return {
    addressLine1,
    ...(addressLine2 ? { addressLine2 } : {}),
    town,
    ...(county ? { county } : {}),
    postcode,
  };
}

/**
 * A UK postcode as it is written ("SW1A 1AA"), or null if it is none. Spaces, hyphens and small letters are taken as
 * they come. Formats: Royal Mail, Programmer's Guide to PAF; BFPO and Crown dependencies too.
 */
export function formatPostcode(text: string): string | null {
  if (text.length > 12) return null;
  const letters = text.toUpperCase().replaceAll(/[\s.\-–]/g, '');
  const known = /^(?:GIR0AA|BFPO\d{1,4}|[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2})$/.test(letters);
  if (!known) return null;
  if (letters.startsWith('BFPO')) return `BFPO ${letters.slice(4)}`;
  return `${letters.slice(0, -3)} ${letters.slice(-3)}`;
}
