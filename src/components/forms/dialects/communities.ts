import type { Form } from '../form.ts';
import { question, readPattern } from './components.ts';
import type { ComponentReaders } from './components.ts';
import { readGraphForm } from './graph.ts';
import type { Reader, Source } from './reading.ts';
import { xgovComponents, xgovControllers } from './xgov.ts';

/** What the forks of the communities department and of UKHSA have beside XGov's components. */
const communitiesComponents: ComponentReaders = {
  ...xgovComponents,
  // Its text is formatted in the browser there; here it is plain.
  FreeTextField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'multiline',
      minLength: from.schema.count('min'),
      maxLength: from.schema.count('max'),
      exactLength: null,
      maxWords: from.options.count('maxWords'),
      pattern: readPattern(from.schema),
      rows: from.options.count('rows') ?? 10,
    })),
};

/** Reads the dialect of the communities department's and UKHSA's forks of the XGov digital form builder. */
export function readCommunities(source: Source, reader: Reader): Form {
  return readGraphForm(source, reader, { components: communitiesComponents, controllers: xgovControllers });
}
