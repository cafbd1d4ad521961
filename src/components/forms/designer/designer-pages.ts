import type { Frames } from '#organisations';
import type { Calendar, Database, Server, Settings } from '#platform';
import { addCheckPages } from './pages/check-pages.ts';
import { addComponentPages } from './pages/component-pages.ts';
import { addConditionPages } from './pages/condition-pages.ts';
import { createDesk } from './pages/desk.ts';
import { addDraftPages } from './pages/draft-pages.ts';
import { addImportPages } from './pages/import-pages.ts';
import { addLanguagePages } from './pages/language-pages.ts';
import { addListPages } from './pages/list-pages.ts';
import { addPagePages } from './pages/page-pages.ts';
import { addPreviewLinks } from './pages/preview-links.ts';
import { addSectionPages } from './pages/section-pages.ts';
import { addSettingsPages } from './pages/settings-pages.ts';
import { addVersionPages } from './pages/version-pages.ts';

/**
 * The designer: a service manager makes and changes a draft, a page of the console for each thing, without JavaScript.
 * Every change is one step, which is audited and can be undone.
 */
export function addDesignerPages(
  server: Server,
  dependencies: {
    database: Database;
    frames: Frames;
    calendar: Calendar;
    settings: Pick<Settings, 'publicUrl'>;
    /** Whether a scanner is set, so that forms may ask for files. */
    canScanFiles: boolean;
  },
): void {
  const joined = { ...dependencies, desk: createDesk(dependencies) };
  addDraftPages(server, joined);
  addPagePages(server, joined);
  addComponentPages(server, joined);
  addConditionPages(server, joined);
  addListPages(server, joined);
  addSectionPages(server, joined);
  addLanguagePages(server, joined);
  addSettingsPages(server, joined);
  addPreviewLinks(server, joined);
  addCheckPages(server, joined);
  addImportPages(server, joined);
  addVersionPages(server, joined);
}
