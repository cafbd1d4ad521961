/** What the written forms of the older dialects are put together from: pages that lead to each other, and named conditions. */

export type Parts = Readonly<Record<string, unknown>>;

export const component = (type: string, name: string, title: string, parts: Parts = {}): Parts => ({
  type,
  name,
  title,
  options: {},
  schema: {},
  ...parts,
});

export const content = (type: string, name: string, text: string, options: Parts = {}): Parts => ({
  type,
  name,
  title: 'For your information',
  content: text,
  options,
  schema: {},
});

/** A page that leads to the others named, each as a path or with the condition that it is led to under. */
export const page = (
  path: string,
  title: string | Parts,
  components: readonly Parts[],
  next: readonly (string | readonly [path: string, condition: string])[],
  parts: Parts = {},
): Parts => ({
  path,
  title,
  components,
  next: next.map((each) => (typeof each === 'string' ? { path: each } : { path: each[0], condition: each[1] })),
  ...parts,
});

export const list = (name: string, type: 'string' | 'number' | 'boolean', items: readonly Parts[]): Parts => ({
  name,
  title: `The ${name}`,
  type,
  items,
});

/** A comparison, joined to the one before it by a coordinator if one is given. */
export const compare = (field: string, operator: string, value: Parts | string, coordinator?: 'and' | 'or'): Parts => ({
  ...(coordinator === undefined ? {} : { coordinator }),
  field: { name: field, type: 'TextField', display: field },
  operator,
  value: typeof value === 'string' ? { type: 'Value', value, display: value } : value,
});

export const refer = (name: string, coordinator?: 'and' | 'or'): Parts => ({
  ...(coordinator === undefined ? {} : { coordinator }),
  conditionName: name,
  conditionDisplayName: name,
});

export const condition = (name: string, ...conditions: readonly Parts[]): Parts => ({
  name,
  displayName: `If ${name}`,
  value: { name, conditions },
});

/** A name made of letters, as DEFRA's dialects have them: 2 is "c". */
export const letters = (index: number): string =>
  String.fromCharCode(97 + Math.floor(index / 26)) + String.fromCharCode(97 + (index % 26));

/** One page after the other, each asked only of those for whom one of the conditions holds. */
export function detours(
  names: readonly string[],
  { from, to, section }: { from: string; to: string; section?: string },
): Parts[] {
  const at = (index: number): string => (index < names.length ? `${from}-${index}` : to);
  return names.flatMap((name, index) => {
    const own = section === undefined ? {} : { section };
    return [
      page(
        at(index),
        `Nothing to do (${index})`,
        [
          component('YesNoField', `carryOn${letters(index)}`, `Shall we go on? (${index})`, {
            options: { required: false },
          }),
        ],
        [[`${from}-only-${index}`, name], at(index + 1)],
        own,
      ),
      page(
        `${from}-only-${index}`,
        `Because of ${name}`,
        [component('TextField', `why${letters(index)}`, `Why? (${index})`)],
        [at(index + 1)],
        own,
      ),
    ];
  });
}
