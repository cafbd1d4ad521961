import type { NumberQuestion } from '../definition/form.ts';
import { enterMessage, mistake, postedLine, subjectFirst, wrong } from './question.ts';
import type { QuestionKind } from './question.ts';
import { input, nothing, oneField } from './text.ts';

/** Beyond 15 digits a number would be stored as another one. */
const mostDigits = 15;

export function numberKind(question: NumberQuestion): QuestionKind {
  const { min, max, precision, minPrecision, minLength, maxLength } = question;
  const affixes = new Set([question.prefix, question.suffix].flatMap((affix) => affix || []));
  return {
    ...oneField(question.key),
    lines: (answer) => (typeof answer === 'number' ? [describeNumber(answer, question)] : []),
    parse(posted) {
      const typed = postedLine(posted, question.key);
      if (typed === '')
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      const what = subjectFirst(question);
      const number = parseNumber(typed, affixes);
      if (number === null) {
        const example = Math.max(min ?? 0, Math.min(max ?? 30, 30));
        return wrong(mistake(question, 'number', `${what} must be a number, like ${example}`));
      }
      const [whole = '', decimals = ''] = number.replace('-', '').split('.');
      if (precision !== null && decimals.length > precision) {
        const text =
          precision === 0 ? `${what} must be a whole number` : `${what} must have ${precision} decimal places or fewer`;
        return wrong(mistake(question, precision === 0 ? 'integer' : 'precision', text, { limit: precision }));
      }
      if (minPrecision !== null && decimals.length < minPrecision) {
        const text = `${what} must have ${minPrecision} decimal places or more`;
        return wrong(mistake(question, 'minPrecision', text, { limit: minPrecision, minPrecision }));
      }
      const digits = whole.length + decimals.length;
      const most = Math.min(maxLength ?? mostDigits, mostDigits);
      if (digits > most)
        return wrong(
          mistake(question, 'manyDigits', `${what} must be ${most} digits or fewer`, { limit: most, maxLength: most }),
        );
      if (minLength !== null && digits < minLength) {
        return wrong(
          mistake(question, 'fewDigits', `${what} must be ${minLength} digits or more`, {
            limit: minLength,
            minLength,
          }),
        );
      }
      const answer = Number(number);
      if (min !== null && max !== null && (answer < min || answer > max)) {
        const text = `${what} must be between ${min} and ${max}`;
        return wrong(mistake(question, answer < min ? 'min' : 'max', text, { limit: answer < min ? min : max }));
      }
      if (min !== null && answer < min)
        return wrong(mistake(question, 'min', `${what} must be ${min} or more`, { limit: min }));
      if (max !== null && answer > max)
        return wrong(mistake(question, 'max', `${what} must be ${max} or fewer`, { limit: max }));
      return { answer: answer === 0 ? 0 : answer, mistakes: [] };
    },
    render(posted, mistakes, options) {
      const decimal = precision === null || precision > 0;
      return input(question, posted, mistakes, options, {
        // Not type="number": GOV.UK Design System, text input, "Asking for whole numbers".
        inputmode: decimal ? 'decimal' : 'numeric',
        spellcheck: false,
        classes: question.classes ?? 'govuk-input--width-10',
        ...(question.prefix ? { prefix: { text: question.prefix } } : {}),
        ...(question.suffix ? { suffix: { text: question.suffix } } : {}),
      });
    },
  };
}

/** "£1,234.50" is 1234.50: commas between thousands and the unit that the box shows are what people type. */
function parseNumber(typed: string, affixes: ReadonlySet<string>): string | null {
  let text = typed;
  for (const affix of affixes) {
    if (text.startsWith(affix)) text = text.slice(affix.length).trim();
    if (text.endsWith(affix)) text = text.slice(0, -affix.length).trim();
  }
  if (text.length > 60) return null;
  text = text.replace('−', '-').replaceAll(' ', '');
  if (/^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) text = text.replaceAll(',', '');
  return /^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? text.replace(/^(-?)\./, '$10.') : null;
}

function describeNumber(answer: number, question: NumberQuestion): string {
  const { prefix, suffix } = question;
  // Money is written with both places or with none: £120.50, £900 (GOV.UK style guide, "Money").
  const isMoney = prefix !== null && /^\p{Sc}$/u.test(prefix);
  const shown = isMoney && !Number.isInteger(answer) ? answer.toFixed(2) : String(answer);
  return `${prefix ?? ''}${shown}${suffix ? ` ${suffix}` : ''}`;
}
