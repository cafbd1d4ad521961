import { parse as parseYaml } from 'yaml';
import { readCommunities } from './dialects/communities.ts';
import { readDefraV1 } from './dialects/defra-v1.ts';
import { readDefraV2 } from './dialects/defra-v2.ts';
import { isObject, Reader, Source } from './dialects/reading.ts';
import { readXgov } from './dialects/xgov.ts';
import type { DefinitionProblem, Dialect, Form, JsonObject } from './form.ts';

export interface Reading {
  /** Null where the definition is not a form at all. */
  dialect: Dialect | null;
  /** Null where the definition is not a form at all; else the form, which may still have errors. */
  form: Form | null;
  problems: DefinitionProblem[];
}

/** What the text of a definition may be at most. The largest real ones have half a million characters. */
const longest = 5_000_000;
const deepest = 100;

/** Parses the text of a form definition, JSON or YAML, or says what is wrong with it. Never throws. */
export function parseDefinitionText(text: string): { value: unknown } | { problem: string } {
  if (text.length > longest) {
    return { problem: `The definition is ${text.length} characters long. The most is ${longest}: split the form.` };
  }
  const isJson = /^[\s\uFEFF]*[{[]/.test(text);
  try {
    const value: unknown = isJson
      ? JSON.parse(text.replace(/^\uFEFF/, ''))
      : // Few aliases are let in: a short text may stand for a very long one.
        parseYaml(text, { maxAliasCount: 100, logLevel: 'error' });
    return isDeeper(value, deepest)
      ? { problem: `The definition is nested more than ${deepest} deep. Export it again from the form designer.` }
      : { value };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 300).replace(/[:.]?\s*$/, '') : 'it cannot be read';
    return { problem: `The definition is not ${isJson ? 'JSON' : 'JSON or YAML'}: ${reason}. Export it again, whole.` };
  }
}

/** Reads the text of a form definition, JSON or YAML, in any dialect. Never throws; what is neither is a problem. */
export function readDefinitionText(text: string): Reading {
  const parsed = parseDefinitionText(text);
  return 'problem' in parsed ? unreadable(parsed.problem) : readDefinition(parsed.value);
}

/**
 * Reads a form definition of any dialect into the model.
 *
 * @param value the parsed JSON or YAML.
 * @returns the form and everything that is wrong with it. Never throws, whatever the JSON.
 */
export function readDefinition(value: unknown): Reading {
  if (!isObject(value)) {
    return unreadable('The definition is not a JSON object. Export it again from the form designer.');
  }
  const dialect = recogniseDialect(value);
  if (dialect === null) {
    return unreadable('The definition has no pages. Export it again from the form designer, whole.');
  }
  const reader = new Reader({ lenient: dialect !== 'defra-v2' || isOlderSchema(value) });
  const source = new Source(value, '', null, reader);
  const form = readers[dialect](source, reader);
  return { dialect, form, problems: reader.problems };
}

/** DEFRA's V2 engine also runs definitions in the first version of the schema, which forbids less. */
const isOlderSchema = (definition: JsonObject): boolean => definition['schema'] === 1 || definition['schema'] === '1';

const readers: Readonly<Record<Dialect, (source: Source, reader: Reader) => Form>> = {
  'defra-v2': readDefraV2,
  'defra-v1': readDefraV1,
  xgov: readXgov,
  communities: readCommunities,
};

/** Keys at the top of a definition, and types of components, that only one of the older dialects has. */
const marks = {
  communities: {
    keys: ['markAsComplete', 'fullStartPage', 'backLinkText'],
    components: ['FreeTextField', 'MultiInputField', 'ClientSideFileUploadField'],
    controllers: [
      'CheckpointSummaryPageController',
      'CustomSummaryPageController',
      'DateComparisonPageController',
      'MagicLinkRedirectController',
      'start.js',
    ],
  },
  xgov: {
    keys: ['fees', 'feeOptions', 'outputs', 'specialPages', 'exitOptions', 'payApiKey', 'skipSummary', 'version'],
    components: ['Para', 'FlashCard', 'WebsiteField', 'TimeField', 'DateField', 'DateTimeField', 'DateTimePartsField'],
    controllers: ['./pages/start.js', './pages/summary.js', './pages/summary.ts', 'MiniSummaryPageController'],
  },
} as const;

/** Tells which dialect a definition is in, by what only that dialect has. */
function recogniseDialect(definition: JsonObject): Dialect | null {
  if (definition['engine'] === 'V2' || definition['schema'] === 2 || definition['schema'] === '2') return 'defra-v2';
  const { pages } = definition;
  if (!Array.isArray(pages)) return null;
  const types = new Set<unknown>();
  const controllers = new Set<unknown>();
  for (const page of pages) {
    if (!isObject(page)) continue;
    controllers.add(page['controller']);
    const components = page['components'];
    if (!Array.isArray(components)) continue;
    for (const component of components) if (isObject(component)) types.add(component['type']);
  }
  const has = ({ keys, components, controllers: known }: (typeof marks)['communities' | 'xgov']): boolean =>
    keys.some((key) => Object.hasOwn(definition, key)) ||
    components.some((type) => types.has(type)) ||
    known.some((name) => controllers.has(name));
  if (definition['engine'] === 'V1') return 'defra-v1';
  if (has(marks.communities)) return 'communities';
  const { conditions } = definition;
  const isWritten =
    Array.isArray(conditions) && conditions.some((each) => isObject(each) && typeof each['value'] === 'string');
  return isWritten || has(marks.xgov) ? 'xgov' : 'defra-v1';
}

/** Without recursion, since the nesting is what may be too deep for it. */
function isDeeper(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= limit; depth++) {
    const below: unknown[] = [];
    for (const each of level) {
      if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) below.push(inner);
    }
    if (below.length === 0) return false;
    level = below;
  }
  return true;
}

function unreadable(message: string): Reading {
  return { dialect: null, form: null, problems: [{ severity: 'error', pointer: '', page: null, message }] };
}
