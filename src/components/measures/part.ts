import type { Frames } from '#organisations';
import type { Calendar, Database, Part } from '#platform';
import { addApi } from './api.ts';
import { addPages, measuresPage } from './pages.ts';

/** This part, joined to what it needs. */
export function createMeasuresPart(dependencies: { database: Database; frames: Frames; calendar: Calendar }): Part {
  return {
    name: 'measures',
    folder: import.meta.dirname,
    routes: (server) => {
      addApi(server, dependencies);
      addPages(server, dependencies);
    },
    servicePages: [measuresPage],
  };
}
