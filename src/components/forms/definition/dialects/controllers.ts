import type { PageKind } from '../form.ts';
import { ownValue, quote } from './reading.ts';

/** What a page's controller comes to here. */
export interface ControllerMeaning {
  kind: PageKind;
  /** What is not as it was under the engine that had this controller. */
  warning?: string;
  /** Why the form cannot be published live as it is. */
  unready?: string;
  /** Why the page cannot be run, and what to do; its kind is then `unsupported`. */
  error?: string;
}

export type Controllers = Readonly<Record<string, ControllerMeaning>>;

/** What the controller of a page means: an ordinary page where it has none. */
export function meaningOf(controller: string | null, known: Controllers): ControllerMeaning {
  if (controller === null || controller === '') return { kind: 'question' };
  return ownValue(known, controller) ?? guess(controller);
}

/** A controller of a fork that nobody has seen: its name is all there is to go by. */
function guess(controller: string): ControllerMeaning {
  const name = controller.slice(0, 200);
  const kinds: [RegExp, PageKind][] = [
    [/start|home/i, 'start'],
    [/terminal|exit|ineligible/i, 'terminal'],
    [/status|confirmation|redirect/i, 'passed-over'],
    [/repeat(?:ing|able|ed)?(?:section)?summary/i, 'passed-over'],
    [/repeat|addanother|multi-?input/i, 'repeat'],
    [/mini.*summary|section.*summary/i, 'section-summary'],
    [/upload/i, 'question'],
    [/summary|confirm|checkyouranswers/i, 'summary'],
    [/^(?:\.\/pages\/)?(?:page|question)(?:pagecontroller|controller)?(?:\.[jt]s)?$/i, 'question'],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(name))?.[1];
  if (kind)
    return { kind, warning: `The page's controller ${quote(name)} is not known here. It is taken for: ${kind}.` };
  return { kind: 'unsupported', error: 'Make it an ordinary page, a start page, a summary or a terminal page.' };
}

/** A controller by the path of its file, which is what its name once was. */
export function byFile(name: string, meaning: ControllerMeaning): Record<string, ControllerMeaning> {
  const paths = ['', './', './pages/', 'pages/'].flatMap((folder) =>
    ['.js', '.ts', ''].map((ending) => `${folder}${name}${ending}`),
  );
  return Object.fromEntries(paths.map((path) => [path, meaning]));
}

/** The controllers of DEFRA's engine, by name and by the paths that stood for them (`controllerNameFromPath`). */
export const defraControllers: Controllers = {
  PageController: { kind: 'question' },
  QuestionPageController: { kind: 'question' },
  StartPageController: { kind: 'start' },
  SummaryPageController: { kind: 'summary' },
  SummaryPageWithConfirmationEmailController: { kind: 'summary' },
  TerminalPageController: { kind: 'terminal' },
  // The page after sending: this program has its own.
  StatusPageController: { kind: 'passed-over' },
  FileUploadPageController: { kind: 'question' },
  RepeatPageController: { kind: 'repeat' },
  ...byFile('start', { kind: 'start' }),
  ...byFile('page', { kind: 'question' }),
  ...byFile('terminal', { kind: 'terminal' }),
  ...byFile('repeat', { kind: 'repeat' }),
  ...byFile('file-upload', { kind: 'question' }),
  ...byFile('summary', { kind: 'summary' }),
  ...byFile('summary-with-confirmation-email', { kind: 'summary' }),
  ...byFile('status', { kind: 'passed-over' }),
};
