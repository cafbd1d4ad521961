import { everyPage } from '../definition/form.ts';
import type { DefinitionProblem, Form } from '../definition/form.ts';

/**
 * What stands in the way of publishing a form that asks for files where nothing scans them: each question that does, with
 * what to do. A draft can be tried all the same.
 */
export function findUnscanned(form: Form): DefinitionProblem[] {
  return everyPage(form).flatMap((page) =>
    page.components.flatMap((component) =>
      component.kind === 'file-upload'
        ? [
            {
              severity: 'unready' as const,
              pointer: '',
              page: page.path,
              message: `“${component.title}” asks for files, and nothing scans files for viruses here. Set FILE_SCANNER to the address of clamd (see the guide to uploads), or take the question out.`,
            },
          ]
        : [],
    ),
  );
}
