import { components } from '#design';
import { textOf } from '../definition/form.ts';
import type { Answer, PlacesQuestion } from '../definition/form.ts';
import { commonParams, enterMessage, labelParams, mistake, postedText, subject, wrong } from './question.ts';
import type { QuestionKind } from './question.ts';
import { wordsOf } from '../words/words.ts';
import { nothing } from './text.ts';

/** Ways in which a place is written: latitude and longitude, easting and northing, OS grid reference. */
const notations = [
  /^-?\d{1,2}(?:\.\d{1,10})?(?: ?, ?| )-?\d{1,3}(?:\.\d{1,10})?$/,
  /^\d{1,6}(?:\.\d{1,3})?(?: ?, ?| )\d{1,7}(?:\.\d{1,3})?$/,
  /^[A-Za-z]{2} ?(?:\d{3} ?\d{3}|\d{4} ?\d{4}|\d{5} ?\d{5})$/,
];

/** Places that are drawn on a map elsewhere and typed here, one a line. */
export function placesKind(question: PlacesQuestion): QuestionKind {
  const { min, max, exactCount } = question;
  return {
    parse(posted) {
      const lines = linesOf(postedText(posted, question.key));
      const count = lines.length;
      if (count === 0) {
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      }
      const unreadable = lines.find((line) => !notations.some((notation) => notation.test(line)));
      if (unreadable !== undefined) {
        const text = `“${unreadable.slice(0, 60)}” is not a place: use a latitude and longitude, like 51.519450, -0.127758, or an OS grid reference, like TQ123456`;
        return wrong(mistake(question, 'format', text));
      }
      const what = subject(question);
      if (exactCount !== null && count !== exactCount) {
        return wrong(mistake(question, 'count', `Enter ${exactCount} places for ${what}`, { limit: exactCount }));
      }
      if (min !== null && count < min) {
        return wrong(mistake(question, 'few', `Enter at least ${min} places for ${what}`, { limit: min }));
      }
      if (max !== null && count > max) {
        return wrong(mistake(question, 'many', `Enter at most ${max} places for ${what}`, { limit: max }));
      }
      return { answer: lines.join('\n'), mistakes: [] };
    },
    fill: (answer) => ({ [question.key]: textOf(answer) }),
    lines: (answer) => linesOf(textOf(answer)),
    exported: (answer: Answer) => linesOf(textOf(answer)),
    render: (posted, mistakes, options) =>
      components.textarea({
        id: question.key,
        name: question.key,
        value: postedText(posted, question.key),
        label: labelParams(question, options),
        rows: 4,
        spellcheck: false,
        ...commonParams(
          {
            hint: question.hint ?? (options.words ?? wordsOf('en')).places.hint,
          },
          mistakes,
        ),
      }),
  };
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '');
