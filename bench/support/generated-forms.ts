/** Forms made for benchmarks, in the V2 dialect, and what a person answers to them. */
export interface GeneratedForm {
  definition: Readonly<Record<string, unknown>>;
  /** What is posted to each page that is asked, in order, by its slug. */
  answers: readonly (readonly [string, Readonly<Record<string, string>>])[];
}

interface Asked {
  component: Readonly<Record<string, unknown>>;
  fields: Readonly<Record<string, string>>;
}

type MakeQuestion = (name: string) => Asked;

const question = (type: string, name: string, parts: Readonly<Record<string, unknown>> = {}) => ({
  id: name,
  name,
  type,
  title: `Tell us about ${name}`,
  hint: 'As it stands in your papers.',
  options: {},
  schema: {},
  ...parts,
});

const kinds: readonly MakeQuestion[] = [
  (name) => ({ component: question('TextField', name, { schema: { max: 200 } }), fields: { [name]: 'Ida Tarn' } }),
  (name) => ({ component: question('YesNoField', name), fields: { [name]: 'true' } }),
  (name) => ({ component: question('RadiosField', name, { list: 'areas' }), fields: { [name]: 'north' } }),
  (name) => ({ component: question('NumberField', name, { schema: { min: 0, max: 1000 } }), fields: { [name]: '42' } }),
  (name) => ({
    component: question('DatePartsField', name),
    fields: { [`${name}-day`]: '31', [`${name}-month`]: '3', [`${name}-year`]: '1980' },
  }),
  (name) => ({
    component: { id: name, type: 'Html', title: name, name, content: `<p>About ${name}.</p>` },
    fields: {},
  }),
  (name) => ({ component: question('MultilineTextField', name), fields: { [name]: 'Two lines\nof text' } }),
  (name) => ({ component: question('CheckboxesField', name, { list: 'areas' }), fields: { [name]: 'south' } }),
];

const areas = ['north', 'south', 'east', 'west'].map((value) => ({ id: value, text: value, value }));

/**
 * A form with a start page, question pages and a page to check the answers. Every third question page is asked only if an earlier
 * page was answered as it is here, so each is; its condition refers to two answers.
 *
 * @param pages of all kinds.
 * @param components on all pages.
 */
export function generateForm(name: string, pages: number, components: number): GeneratedForm {
  const asked = pages - 2;
  const [each, more] = [Math.floor(components / asked), components % asked];
  const conditions: unknown[] = [];
  const answers: [string, Readonly<Record<string, string>>][] = [];
  const yes: string[] = [];
  const questionPages = Array.from({ length: asked }, (_, index) => {
    const size = each + (index < more ? 1 : 0);
    // The first of a page of several is a question that can be compared.
    const parts = Array.from({ length: size }, (_each, place) => {
      const kind = size === 1 ? kinds[index % 5] : kinds[(place + 1) % kinds.length];
      return kind?.(`q${letters(index)}x${letters(place)}`) ?? kinds[0]?.('q');
    }).filter((part) => part !== undefined);
    let condition: string | undefined;
    const [one, other] = [yes.at(-1), yes.at(-2)];
    if (index % 3 === 2 && one !== undefined) {
      condition = `condition-${index}`;
      const about = [one, other ?? one].map((id, place) => ({
        id: `${condition}-${place}`,
        componentId: id,
        operator: 'is',
        type: 'BooleanValue',
        value: true,
      }));
      conditions.push({ id: condition, displayName: condition, coordinator: 'and', items: about });
    }
    for (const { component } of parts) if (component['type'] === 'YesNoField') yes.push(String(component['id']));
    answers.push([`page-${index + 1}`, Object.assign({}, ...parts.map(({ fields }) => fields))]);
    return {
      id: `page-${index + 1}`,
      path: `/page-${index + 1}`,
      title: `Page ${index + 1}`,
      next: [],
      components: parts.map(({ component }) => component),
      ...(condition === undefined ? {} : { condition }),
    };
  });
  const start = { path: '/start', title: name, controller: 'StartPageController', components: [], next: [] };
  const summary = { path: '/summary', title: 'Check', controller: 'SummaryPageController', components: [], next: [] };
  return {
    definition: {
      engine: 'V2',
      schema: 2,
      name,
      pages: [start, ...questionPages, summary],
      conditions,
      sections: [],
      lists: [{ id: 'areas', name: 'areas', title: 'Areas', type: 'string', items: areas }],
    },
    answers,
  };
}

/**
 * The same form as the older dialects have it: each page leads to the next by `next`, every third by a condition as well, past a
 * page that nobody is asked.
 */
export function asGraph({ definition, answers }: GeneratedForm): GeneratedForm {
  const pages = Array.isArray(definition['pages']) ? definition['pages'] : [];
  const conditions = Array.isArray(definition['conditions']) ? definition['conditions'] : [];
  const linked = pages.map((page, index) => {
    const after = pages.slice(index + 1, index + 3);
    const next = after.flatMap((target, place): { path: string; condition?: string }[] => {
      if (place === 0 && typeof target.condition === 'string')
        return [{ path: target.path, condition: target.condition }];
      return place === 0 || typeof after[0]?.condition === 'string' ? [{ path: target.path }] : [];
    });
    const { condition: _condition, ...rest } = page;
    return { ...rest, next };
  });
  return {
    definition: {
      ...definition,
      engine: 'V1',
      schema: 1,
      startPage: '/start',
      pages: linked,
      conditions: conditions.map(({ id, displayName, items }) => ({
        name: id,
        displayName,
        value: {
          name: displayName,
          conditions: items.map((item: Record<string, unknown>) => ({
            field: { name: item['componentId'], type: 'YesNoField', display: 'Question' },
            operator: 'is',
            value: { type: 'Value', value: 'true', display: 'Yes' },
            coordinator: 'and',
          })),
        },
      })),
    },
    answers,
  };
}

/** Names in V2 are of letters. */
function letters(number: number): string {
  return String(number).replaceAll(/\d/g, (digit) => String.fromCodePoint(97 + Number(digit)));
}
