import { archiveVisit } from './archive-visit.ts';

/** What the archive means to change in its form next: begun in the designer, not published. */
export const archiveVisitDraft = {
  what: 'Began a draft from the live version',
  definition: JSON.parse(JSON.stringify(archiveVisit)),
};
