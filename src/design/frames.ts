import { assetAddresses } from './assets.ts';
import { renderWithHoles, type Holed } from './holes.ts';
import type { Look } from './look.ts';
import { wordsOf } from './words.ts';
import { safe, type Templates } from './templates.ts';

/** What decides a page's frame. Few combinations exist, so that a frame is rendered once and kept. */
export interface FrameData {
  readonly language: string;
  readonly wide: boolean;
  readonly signedIn: boolean;
  readonly service:
    | {
        readonly name: string;
        readonly href: string;
        readonly phase?: string | undefined;
        readonly feedback?: string | undefined;
      }
    | undefined;
  readonly navigation: readonly {
    readonly text: string;
    readonly href: string;
    readonly current?: boolean | undefined;
  }[];
}

/** What differs from page to page: HTML, already escaped. */
export interface FrameContent {
  readonly title: string;
  readonly person: string;
  readonly csrfToken: string;
  readonly beforeMain: string;
  readonly main: string;
}

export type Frame = Holed<keyof FrameContent>;

const holeNames = [
  'title',
  'person',
  'csrfToken',
  'beforeMain',
  'main',
] as const satisfies readonly (keyof FrameContent)[];

/** A service's name comes from data, so that the number of frames that are kept has a limit. */
const mostFrames = 500;

/** Renders the layout once for each frame and keeps it as strings with holes. */
export function createFrames(look: Look, templates: Templates): (data: FrameData) => Frame {
  const frames = new Map<string, Frame>();
  const assets = assetAddresses(look);
  return (data) => {
    const key = frameKey(data);
    const known = frames.get(key);
    if (known !== undefined) return known;
    const frame = renderFrame(look, assets, templates, data);
    if (frames.size >= mostFrames) {
      // The oldest goes: a map keeps the order of insertion. A frame that is still wanted is made again in a millisecond.
      for (const oldest of frames.keys()) {
        frames.delete(oldest);
        break;
      }
    }
    frames.set(key, frame);
    return frame;
  };
}

function frameKey({ language, wide, signedIn, service, navigation }: FrameData): string {
  const flags = `${language}|${wide ? 1 : 0}${signedIn ? 1 : 0}|`;
  if (service === undefined && navigation.length === 0) return flags;
  return flags + JSON.stringify([service, navigation]);
}

function renderFrame(look: Look, assets: object, templates: Templates, data: FrameData): Frame {
  return renderWithHoles(holeNames, (markOf) => {
    const holes = Object.fromEntries(holeNames.map((name) => [name, safe(markOf(name))]));
    const html = templates.render('design/layout', {
      ...data,
      look,
      assets,
      holes,
      words: wordsOf(data.language),
      phaseHtml: phaseHtml(data),
    });
    return html.replace(/\n\s*\n+/g, '\n');
  });
}

function phaseHtml({ service, language }: FrameData): { toString(): string } {
  const { newService, feedback } = wordsOf(language);
  if (service?.feedback === undefined) return safe(escapeHtml(newService));
  return safe(
    `${escapeHtml(newService)} <a class="govuk-link" href="${escapeHtml(service.feedback)}">${escapeHtml(feedback)}</a>.`,
  );
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML, for content and for attributes in quotes. */
export function escapeHtml(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => escapes[character] ?? character) : text;
}
