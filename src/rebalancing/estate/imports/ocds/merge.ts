import type { Release } from './releases.ts';

/**
 * What is known of a contracting process after all its releases: OCDS 1.1, "Merging". Releases count in the order of their
 * dates. A field that comes again replaces the one before, one that comes as null takes it away, objects are merged field
 * by field, and lists of things with an `id` thing by thing; other lists are replaced whole.
 */
export function mergeReleases(releases: readonly Release[]): Release {
  const inOrder = releases.toSorted((one, other) => Date.parse(one.date) - Date.parse(other.date));
  let merged: JsonObject = {};
  for (const release of inOrder) merged = mergeObjects(merged, toObject(release));
  const last = inOrder.at(-1);
  if (last === undefined) throw new Error('There is no release to merge.');
  return { ...merged, ocid: last.ocid, date: last.date, tag: ['compiled'] };
}

type JsonObject = Readonly<Record<string, unknown>>;

function toObject(value: object): JsonObject {
  return Object.fromEntries(Object.entries(value));
}

function mergeObjects(before: JsonObject, after: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(after)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeValues(merged[key], value);
  }
  return merged;
}

function mergeValues(before: unknown, after: unknown): unknown {
  if (isObject(after)) return mergeObjects(isObject(before) ? before : {}, after);
  if (!Array.isArray(after) || !after.every(hasId)) return after;
  const things = new Map<string, JsonObject>();
  for (const each of Array.isArray(before) ? before.filter(hasId) : []) things.set(String(each['id']), each);
  for (const each of after) things.set(String(each['id']), mergeObjects(things.get(String(each['id'])) ?? {}, each));
  return [...things.values()];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasId(value: unknown): value is JsonObject {
  return isObject(value) && (typeof value['id'] === 'string' || typeof value['id'] === 'number');
}
