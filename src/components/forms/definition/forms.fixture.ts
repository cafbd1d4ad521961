/** Definitions for tests, in the V2 dialect. */

export function form(parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { engine: 'V2', schema: 2, name: 'Test form', pages: [], conditions: [], sections: [], lists: [], ...parts };
}

export function page(
  path: string,
  components: readonly unknown[] = [{ type: 'TextField', name: `q${path.slice(1)}`, title: path, id: path }],
  parts: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { id: path, path, title: '', next: [], components, ...parts };
}

/** A question whose id is its name. */
export function question(
  type: string,
  name: string,
  title: string,
  parts: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { id: name, type, name, title, options: {}, schema: {}, ...parts };
}

export function condition(id: string, items: readonly unknown[], coordinator = 'and'): Record<string, unknown> {
  return { id, displayName: id, coordinator, items };
}

export function comparison(
  componentId: string,
  operator: string,
  type: string,
  value: unknown,
): Record<string, unknown> {
  return { id: `${componentId}-${operator}`, componentId, operator, type, value };
}
