import { readDefinition } from '../../definition/definition.ts';
import type { Form, JsonObject } from '../../definition/form.ts';
import { findUnscanned } from '../../uploads/unscanned.ts';
import { componentsOf, conditionsOf, idOf, listsOf, pagesOf, sectionsOf, textAt, titleOfPage } from '../blueprint.ts';
import { nameOfComponent } from '../kinds.ts';
import { dependentsOfCondition, usesOfList } from '../sentences.ts';
import { languagesOf, missingTexts, nameOfLanguage } from '../translations.ts';
import { findReach } from './reach.ts';

/** Something that is not right with a draft, and where to mend it. */
export interface Check {
  /** `stops`: the draft cannot be published. `warns`: it can, and people may be worse off. */
  severity: 'stops' | 'warns';
  message: string;
  /** What it is about, in words. */
  place: string;
  /** Where in the designer it is mended, after the draft's address. */
  path: string;
}

export interface Checked {
  checks: Check[];
  /** What could not be checked, as sentences. */
  unchecked: string[];
}

/** Checks a draft in the V2 dialect before it is published. Never throws, whatever the definition. */
export function checkDraft(
  definition: JsonObject,
  {
    today,
    canScanFiles,
  }: {
    /** ISO date. */
    today: string;
    /** Whether a scanner is set, so that forms may ask for files. */
    canScanFiles: boolean;
  },
): Checked {
  const { form, problems: read } = readDefinition(definition);
  const problems = [...read, ...(form && !canScanFiles ? findUnscanned(form) : [])];
  const checks: Check[] = problems.map(({ severity, pointer, page, message }) => ({
    severity: severity === 'warning' ? 'warns' : 'stops',
    message,
    ...placeOf(definition, pointer, page),
  }));
  checks.push(...checkPages(definition), ...checkUses(definition), ...checkLanguages(definition));
  const unchecked: string[] = [];
  if (form && form.flow === 'order' && !problems.some(({ severity }) => severity === 'error')) {
    const reached = checkReach(definition, form, today);
    checks.push(...reached.checks);
    unchecked.push(...reached.unchecked);
  } else {
    unchecked.push('Whether people come to every page is checked once the form can be run.');
  }
  const rank = { stops: 0, warns: 1 };
  return { checks: checks.toSorted((one, other) => rank[one.severity] - rank[other.severity]), unchecked };
}

/** Where a JSON pointer into the definition leads in the designer. */
function placeOf(definition: JsonObject, pointer: string, page: string | null): Pick<Check, 'place' | 'path'> {
  const [kind = '', index = '', inner = '', innerIndex = ''] = pointer.split('/').slice(1);
  const at = Number(index);
  switch (kind) {
    case 'pages': {
      const found = pagesOf(definition)[at];
      if (!found) return { place: 'Pages', path: '' };
      const component = inner === 'components' ? componentsOf(found)[Number(innerIndex)] : undefined;
      if (component) return placeOfComponent(found, component);
      const path = addressOf('pages', found);
      return { place: titleOfPage(found), path: inner === '' ? path : `${path}/settings` };
    }
    case 'conditions': {
      const found = conditionsOf(definition)[at];
      if (!found) return { place: 'Conditions', path: '/conditions' };
      return { place: textAt(found, 'displayName'), path: addressOf('conditions', found) };
    }
    case 'lists': {
      const found = listsOf(definition)[at];
      if (!found) return { place: 'Lists', path: '/lists' };
      return { place: textAt(found, 'title'), path: addressOf('lists', found) };
    }
    case 'sections':
      return { place: 'Sections', path: '/sections' };
    case 'name':
    case 'declaration':
    case 'metadata':
      return { place: 'Settings', path: '/settings' };
    default: {
      const found = page === null ? undefined : pagesOf(definition).find((each) => textAt(each, 'path') === page);
      return found
        ? { place: titleOfPage(found), path: addressOf('pages', found) }
        : { place: page ?? 'Pages', path: '' };
    }
  }
}

const addressOf = (kind: string, object: JsonObject): string => `/${kind}/${encodeURIComponent(idOf(object))}`;

function placeOfComponent(page: JsonObject, component: JsonObject): Pick<Check, 'place' | 'path'> {
  return {
    place: `${titleOfPage(page)}: ${nameOfComponent(component)}`,
    path: `${addressOf('pages', page)}/components/${encodeURIComponent(idOf(component))}`,
  };
}

/** Pages that hold nothing, end everything or belong nowhere. */
function checkPages(definition: JsonObject): Check[] {
  const sections = new Set(sectionsOf(definition).flatMap((each) => [textAt(each, 'name'), idOf(each)]));
  return pagesOf(definition).flatMap((page): Check[] => {
    const about = { severity: 'stops', place: titleOfPage(page) } as const;
    const path = addressOf('pages', page);
    const controller = textAt(page, 'controller');
    const isOrdinary = ['', 'PageController', 'TerminalPageController', 'RepeatPageController'].includes(controller);
    const checks: Check[] = [];
    if (componentsOf(page).length === 0 && isOrdinary) {
      const message = 'The page is empty. Add a question or a text to it, or remove it.';
      checks.push({ ...about, path, message });
    }
    if (controller === 'TerminalPageController' && textAt(page, 'condition') === '') {
      const message = 'The form ends here for everybody. Say in the settings of the page who is led to it.';
      checks.push({ ...about, path: `${path}/settings`, message });
    }
    const section = textAt(page, 'section');
    if (section !== '' && !sections.has(section)) {
      const message = 'Its section is not in the form. Choose another.';
      checks.push({ ...about, path: `${path}/settings`, message });
    }
    return checks;
  });
}

/** Conditions and lists that nothing uses. */
function checkUses(definition: JsonObject): Check[] {
  const conditions = conditionsOf(definition).filter((condition) => {
    const { pages, components, conditions: others, options } = dependentsOfCondition(definition, idOf(condition));
    return pages.length + components.length + others.length + options.length === 0;
  });
  const lists = listsOf(definition).filter((list) => usesOfList(definition, idOf(list)).length === 0);
  return [
    ...conditions.map((condition): Check => {
      const message = 'Nothing turns on this condition. Use it in the settings of a page, or remove it.';
      const path = addressOf('conditions', condition);
      return { severity: 'warns', place: textAt(condition, 'displayName'), path, message };
    }),
    ...lists.map((list): Check => {
      const message = 'No question uses this list. Remove it if it is not needed.';
      return { severity: 'warns', place: textAt(list, 'title'), path: addressOf('lists', list), message };
    }),
  ];
}

function checkLanguages(definition: JsonObject): Check[] {
  const [, ...others] = languagesOf(definition);
  return others.flatMap((language): Check[] => {
    const missing = missingTexts(definition, language);
    const [first] = missing;
    if (!first) return [];
    const name = nameOfLanguage(language);
    const texts = missing.length === 1 ? 'One text is' : `${missing.length} texts are`;
    return [
      {
        severity: 'warns',
        place: `${name}: ${first.group.title}`,
        path: `/languages/${language}/${encodeURIComponent(first.group.key)}`,
        message: `${texts} not translated into ${name}. People see them in the form’s first language.`,
      },
    ];
  });
}

function checkReach(definition: JsonObject, form: Form, today: string): Checked {
  const reach = findReach(form, today);
  const checks: Check[] = [];
  const unchecked: string[] = [];
  const listed = new Map(conditionsOf(definition).map((condition) => [idOf(condition), condition]));
  for (const { id, displayName } of form.conditions) {
    const found = reach.conditions.get(id);
    const condition = listed.get(id);
    if (!found || !condition) continue;
    const about = { place: displayName, path: addressOf('conditions', condition) };
    if (found.holds === 'no') {
      const message = 'This condition can never hold, whatever people answer. Change its sentences.';
      checks.push({ severity: 'stops', ...about, message });
    } else if (found.fails === 'no') {
      const message = 'This condition always holds, whatever people answer. It may be meant otherwise.';
      checks.push({ severity: 'warns', ...about, message });
    }
  }
  const pages = new Map(pagesOf(definition).map((page) => [idOf(page), page]));
  for (const [{ id, condition }, possible] of reach.pages) {
    const page = pages.get(id);
    // Where its condition never holds, that was told at the condition.
    const isTold = condition !== null && reach.conditions.get(condition)?.holds === 'no';
    if (possible !== 'no' || !page || isTold) continue;
    checks.push({
      severity: 'stops',
      place: titleOfPage(page),
      path: `${addressOf('pages', page)}/settings`,
      message: 'Nobody can come to this page, whatever they answer. Change who is asked, or where it stands.',
    });
  }
  const conditions = [...reach.conditions.values()].filter(({ holds }) => holds === 'unknown').length;
  if (conditions > 0) {
    const which = counted(conditions, 'condition');
    unchecked.push(
      `Whether ${which} can hold was not checked: too much is compared at once, or answers can be anything.`,
    );
  }
  const unknown = [...reach.pages.values()].filter((possible) => possible === 'unknown').length;
  if (unknown > 0)
    unchecked.push(`Whether people come to ${counted(unknown, 'page')} was not checked, for that reason.`);
  return { checks, unchecked };
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
