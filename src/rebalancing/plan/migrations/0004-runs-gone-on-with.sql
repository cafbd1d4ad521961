-- What a run has found is kept while it looks for better, so that it goes on from there when the program is started again.

alter table plan.runs add column best jsonb;
comment on column plan.runs.best is
  'While it is looked for: the best plan yet as its moves (part, way, first quarter) and openings (target, first quarter). Null where there is none yet, and once the run has ended.';
