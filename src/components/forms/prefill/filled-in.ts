import type { CompiledFlow, CompiledForm, CompiledPage, Saved } from '../versions/compile.ts';
import type { Answer, Answers, Json, JsonObject } from '../definition/form.ts';
import { filledInMark, itemPrefix } from '../journey/journey.ts';
import type { CompiledQuestion, Mistake } from '../questions/questions.ts';

/** Answers of somebody else than the person, as rows of an application, and what of them cannot be used. */
export interface FilledIn {
  /** By key: rows that say whom their answers come from, since they count as answered only when the person has seen them. */
  rows: Saved;
  /** Each with a JSON pointer into the answers (RFC 6901). */
  problems: readonly { place: string; message: string }[];
}

/**
 * Fits answers that a department's system knows into a form: by the names of the questions, in the shape in which
 * submissions hand them out. What was added again and again is a list of objects, by the name of the repeat.
 *
 * @param from whom the answers come from, as the person reads it.
 * @param today ISO date.
 * @param now milliseconds: names of items begin with it.
 */
export function fillIn(
  form: CompiledForm,
  answers: JsonObject,
  { from, today, now = Date.now() }: { from: string; today: string; now?: number },
): FilledIn {
  const rows = new Map<string, Answers>();
  const problems: { place: string; message: string }[] = [];
  fillFlow(form, answers, '', '');
  for (const { question } of form.summary?.questions ?? []) {
    if (Object.hasOwn(answers, question.name))
      refuse(pointerOf('', question.name), 'It is asked on check your answers, and cannot be filled in.');
  }
  return { rows, problems };

  function refuse(place: string, message: string): void {
    const known = problems.findIndex((each) => each.place === place);
    if (known === -1) problems.push({ place, message });
    else problems[known] = { place, message };
  }

  function fillFlow(flow: CompiledFlow, given: JsonObject, prefix: string, pointer: string): void {
    for (const [name, value] of Object.entries(given)) {
      const place = pointerOf(pointer, name);
      const asked = questionsNamed(flow, name);
      const repeat = flow.pages.find(
        (page) => page.repeat && [page.repeat.repeat.key, page.repeat.repeat.name].includes(name),
      );
      if (repeat?.repeat) fillItems(repeat, value, prefix + repeat.slug, place);
      else if (asked.length === 0) refuse(place, `The form has no question of this name. ${namesOf(flow)}`);
      for (const { page, question } of asked) fillQuestion(question, value, prefix + page.slug, place);
    }
  }

  function fillItems(page: CompiledPage, value: Json, key: string, place: string): void {
    const { repeat } = page;
    if (!repeat) return;
    const { max, countKey } = repeat.repeat;
    if (!Array.isArray(value)) return refuse(place, 'Send a list with an object for each.');
    if (value.length > max) return refuse(place, `Send at most ${max}.`);
    for (const [index, item] of value.entries()) {
      const own = `${place}/${index}`;
      if (typeof item !== 'object' || item === null || Array.isArray(item)) {
        refuse(own, 'Send an object: the answers about one of them, by the names of the questions.');
        continue;
      }
      const name = countKey === null ? `${(now + index).toString(36)}000` : String(index + 1);
      fillFlow(repeat.flow, item, itemPrefix(key, name), own);
    }
  }

  function fillQuestion(compiled: CompiledQuestion, value: Json, key: string, place: string): void {
    const { kind } = compiled.question;
    if (kind === 'file-upload') return refuse(place, 'Files are uploaded by the person, and cannot be filled in.');
    if (kind === 'declaration') return refuse(place, 'Only the person can agree to a declaration.');
    if (kind === 'payment')
      return refuse(place, 'What is to be paid follows from the answers, and cannot be filled in.');
    const read = readAnswer(compiled, value, today);
    if ('mistake' in read) return refuse(place, read.mistake);
    rows.set(key, { ...rows.get(key), [filledInMark]: from, [compiled.question.key]: read.answer });
  }
}

/** A value as an answer to a question: it must be one that the person could have given. */
function readAnswer(compiled: CompiledQuestion, value: Json, today: string): { answer: Answer } | { mistake: string } {
  const answer = asAnswer(value);
  if (answer === null) return { mistake: `Send ${shapeOf(compiled)}.` };
  const { answer: read, mistakes } = compiled.parse(compiled.fill(answer), { today });
  const [mistake]: (Mistake | undefined)[] = mistakes;
  if (mistake) return { mistake: `${mistake.text}. Send ${shapeOf(compiled)}.` };
  return read === null ? { mistake: `Send ${shapeOf(compiled)}.` } : { answer: read };
}

function asAnswer(value: Json): Answer | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'string' || typeof each === 'number') ? value : null;
  if (value === null) return null;
  const { addressLine1, addressLine2, town, county, postcode } = value;
  const isText = (each: Json | undefined): each is string => typeof each === 'string';
  if (!isText(addressLine1) || !isText(town) || !isText(postcode)) return null;
  return {
    addressLine1,
    town,
    postcode,
    ...(isText(addressLine2) ? { addressLine2 } : {}),
    ...(isText(county) ? { county } : {}),
  };
}

/** What a value must look like, for whoever writes the call. */
export function shapeOf({ question }: Pick<CompiledQuestion, 'question'>): string {
  switch (question.kind) {
    case 'number':
      return 'a number';
    case 'yes-no':
      return 'true or false';
    case 'date':
      return 'a date as YYYY-MM-DD';
    case 'month-year':
      return 'a month as YYYY-MM';
    case 'time':
      return 'a time as HH:MM';
    case 'date-time':
      return 'a date and time as YYYY-MM-DDTHH:MM';
    case 'radios':
    case 'select':
      return 'the value of one of its choices';
    case 'checkboxes':
      return 'a list of values of its choices';
    case 'places':
      return 'a list of texts';
    case 'uk-address':
      return 'an object with addressLine1, addressLine2, town, county and postcode';
    default:
      return 'a text';
  }
}

/** By key, or else by the name in the definition, which two pages may use. */
function questionsNamed(flow: CompiledFlow, name: string): { page: CompiledPage; question: CompiledQuestion }[] {
  const all = flow.pages.flatMap((page) => page.questions.map((question) => ({ page, question })));
  const exact = all.filter(({ question }) => question.question.key === name);
  return exact.length > 0 ? exact : all.filter(({ question }) => question.question.name === name);
}

function namesOf(flow: CompiledFlow): string {
  const names = flow.pages.flatMap((page) =>
    page.repeat ? [page.repeat.repeat.name] : page.questions.map(({ question }) => question.name),
  );
  const shown = names.slice(0, 30).join(', ');
  return names.length === 0
    ? 'It asks nothing here.'
    : `Its questions are: ${shown}${names.length > 30 ? ' and more' : ''}.`;
}

/** RFC 6901, section 3. */
function pointerOf(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
