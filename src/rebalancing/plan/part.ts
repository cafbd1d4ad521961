import type { Part } from '#platform';
import { jobs } from './jobs.ts';
import { addTransitionsApi } from './moving/transitions-api.ts';
import type { PlanPagesDependencies } from './pages/plan-frame.ts';
import { addPlanPages } from './pages/plan-pages.ts';
import { addRulePages } from './pages/rule-pages.ts';
import { addSettingsPages } from './pages/settings-pages.ts';
import { addTransitionPages } from './pages/transition-pages.ts';

/** This part, with what it stands on given as arguments. */
export function createPlanPart(dependencies: PlanPagesDependencies): Part {
  return {
    name: 'plan',
    folder: import.meta.dirname,
    routes: (server) => {
      addPlanPages(server, dependencies);
      addTransitionPages(server, dependencies);
      addRulePages(server, dependencies);
      addSettingsPages(server, dependencies);
      addTransitionsApi(server, dependencies);
    },
    jobs,
  };
}
