import type { Component, Form } from '../form.ts';
import { content, question, readPattern } from './component-parts.ts';
import type { ComponentSource } from './component-parts.ts';
import { readAccept } from './components.ts';
import type { ComponentReaders } from './components.ts';
import { readGraphForm } from './graph.ts';
import type { Reader, Source } from './reading.ts';
import { xgovComponents, xgovControllers } from './xgov.ts';

const shown = (from: ComponentSource): Component =>
  content(from, (base) => ({ ...base, kind: 'html', content: from.source.text('content') ?? '' }));

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
  // It is checked together with the question beside it there; here it may be left empty.
  TextFieldCustom: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'text',
      required: from.options.flag('required') ?? false,
      minLength: from.schema.count('min'),
      maxLength: from.schema.count('max'),
      exactLength: from.schema.count('length'),
      pattern: readPattern(from.schema),
      autocomplete: from.options.text('autocomplete'),
      numbers: [],
    })),
  // What is known of a person already, and is not asked.
  ContextComponent: (from) => question(from, (base) => ({ ...base, kind: 'hidden', required: false })),
  ContentWithState: shown,
  // Both show answers again that stand on check your answers here.
  DisplayAddress: shown,
  SummaryLists: shown,
  // The settings of dropzone.js, which sends the files there: the size is in megabytes.
  ClientSideFileUploadField: (from) =>
    question(from, (base) => {
      const zone = from.options.look('dropzoneConfig');
      const fewest = from.options.count('minimumRequiredFiles');
      const size = zone.number('maxFilesize');
      return {
        ...base,
        kind: 'file-upload',
        required: fewest === null ? base.required : fewest > 0,
        minFiles: fewest !== null && fewest > 1 ? fewest : null,
        maxFiles: zone.count('maxFiles'),
        exactFiles: null,
        accept: readAccept(zone.text('acceptedFiles')),
        maxBytes: size === null || size <= 0 ? null : Math.round(size * 1024 * 1024),
      };
    }),
};

/** Reads the dialect of the communities department's and UKHSA's forks of the XGov digital form builder. */
export function readCommunities(source: Source, reader: Reader): Form {
  return readGraphForm(source, reader, { components: communitiesComponents, controllers: xgovControllers });
}
