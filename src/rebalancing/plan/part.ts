import type { Part } from '#platform';
import { jobs } from './jobs.ts';
import { addPlanPages, type PlanPagesDependencies } from './pages/plan-pages.ts';

/** This part, with what it stands on given as arguments. */
export function createPlanPart(dependencies: PlanPagesDependencies): Part {
  return {
    name: 'plan',
    folder: import.meta.dirname,
    routes: (server) => addPlanPages(server, dependencies),
    jobs,
  };
}
