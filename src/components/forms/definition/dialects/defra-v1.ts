import type { Form } from '../form.ts';
import { defraComponents } from './components.ts';
import { defraControllers } from './controllers.ts';
import { readGraphForm } from './graph.ts';
import type { GraphDialect } from './graph.ts';
import type { Reader, Source } from './reading.ts';

const defraV1: GraphDialect = { components: defraComponents, controllers: defraControllers };

/** Reads DEFRA's V1 dialect (npm `@defra/forms-model` 3.x, `formDefinitionSchema`). */
export function readDefraV1(source: Source, reader: Reader): Form {
  return readGraphForm(source, reader, defraV1);
}
