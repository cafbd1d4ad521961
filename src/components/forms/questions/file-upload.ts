import { components } from '#design';
import type { Answer, FileUploadQuestion, UploadedFile } from '../form.ts';
import { commonParams, labelParams, mistake, selectMessage, subject, wrong } from './question.ts';
import type { Posted, QuestionKind } from './question.ts';
import { nothing } from './text.ts';

/**
 * Files that a person sends. What was kept of them stands in the posted fields as `UploadedFile` objects, which nobody can post:
 * a body holds texts only.
 */
export function fileUploadKind(question: FileUploadQuestion): QuestionKind {
  const { minFiles, maxFiles, exactFiles } = question;
  return {
    parse(posted) {
      const files = postedFiles(posted, question.key);
      const count = files.length;
      if (count === 0) {
        return question.required ? wrong(mistake(question, 'required', selectMessage(question))) : nothing;
      }
      const what = subject(question);
      if (exactFiles !== null && count !== exactFiles) {
        return wrong(mistake(question, 'count', `Upload ${exactFiles} for ${what}`, { limit: exactFiles }));
      }
      if (minFiles !== null && count < minFiles) {
        return wrong(mistake(question, 'few', `Upload at least ${minFiles} for ${what}`, { limit: minFiles }));
      }
      if (maxFiles !== null && count > maxFiles) {
        return wrong(mistake(question, 'many', `Upload at most ${maxFiles} for ${what}`, { limit: maxFiles }));
      }
      return { answer: files, mistakes: [] };
    },
    fill: (answer) => ({ [question.key]: filesOf(answer) }),
    lines: (answer) => filesOf(answer).map(({ name }) => name),
    exported: (answer) => filesOf(answer).map((file) => ({ ...file })),
    render: (_posted, mistakes, options) =>
      components.insetText({
        html: `${components.label(labelParams(question, options))}<p class="govuk-body">Files cannot be sent yet.</p>`,
        ...commonParams(question, mistakes),
      }),
  };
}

/** The files among the posted fields of a question. */
export function postedFiles(posted: Posted, key: string): UploadedFile[] {
  const value = Object.hasOwn(posted, key) ? posted[key] : undefined;
  return Array.isArray(value) ? value.filter((each) => isUploadedFile(each)) : [];
}

function filesOf(answer: Answer): UploadedFile[] {
  return Array.isArray(answer) ? answer.filter((each) => isUploadedFile(each)) : [];
}

function isUploadedFile(value: unknown): value is UploadedFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'name' in value &&
    typeof value.name === 'string' &&
    'type' in value &&
    typeof value.type === 'string' &&
    'size' in value &&
    typeof value.size === 'number'
  );
}
