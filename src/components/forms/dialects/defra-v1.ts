import type { Form } from '../form.ts';
import { defraComponents } from './components.ts';
import { readGraphForm } from './graph.ts';
import type { ControllerMeaning, GraphDialect } from './graph.ts';
import type { Reader, Source } from './reading.ts';

export const defraControllers: Readonly<Record<string, ControllerMeaning>> = {
  PageController: { kind: 'question' },
  StartPageController: { kind: 'start' },
  SummaryPageController: { kind: 'summary' },
  SummaryPageWithConfirmationEmailController: { kind: 'summary' },
  TerminalPageController: { kind: 'terminal' },
  StatusPageController: { kind: 'passed-over' },
  FileUploadPageController: { kind: 'question' },
  RepeatPageController: { kind: 'repeat' },
};

const defraV1: GraphDialect = { components: defraComponents, controllers: defraControllers };

/** Reads DEFRA's V1 dialect (npm `@defra/forms-model` 3.x, `formDefinitionSchema`). */
export function readDefraV1(source: Source, reader: Reader): Form {
  return readGraphForm(source, reader, defraV1);
}
