import type { Form } from '../form.ts';
import { defraComponents } from './components.ts';
import { readGraphForm } from './graph.ts';
import type { ControllerMeaning, GraphDialect } from './graph.ts';
import type { Reader, Source } from './reading.ts';

const noUploads = 'Take the upload out, and ask people to send the file another way.';
export const noRepeats = 'Ask a fixed number of times, on pages of their own.';

export const defraControllers: Readonly<Record<string, ControllerMeaning>> = {
  PageController: { kind: 'question' },
  StartPageController: { kind: 'start' },
  SummaryPageController: { kind: 'summary' },
  SummaryPageWithConfirmationEmailController: { kind: 'summary' },
  TerminalPageController: { kind: 'terminal' },
  StatusPageController: { kind: 'passed-over' },
  FileUploadPageController: { kind: 'unsupported', error: noUploads },
  RepeatPageController: { kind: 'unsupported', error: noRepeats },
};

const defraV1: GraphDialect = { components: defraComponents, controllers: defraControllers };

/** Reads DEFRA's V1 dialect (npm `@defra/forms-model` 3.x, `formDefinitionSchema`). */
export function readDefraV1(source: Source, reader: Reader): Form {
  return readGraphForm(source, reader, defraV1);
}
