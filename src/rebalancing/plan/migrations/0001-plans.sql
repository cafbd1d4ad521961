-- Plans: what a government set for them, each time one was looked for, those that were adopted, and the moves under way.
-- Rows belong to the government's root organisation.

grant usage on schema plan to commonhold_application, commonhold_reader;

create table plan.settings (
  organisation_id uuid not null,
  starts_on date not null,
  quarters integer not null check (quarters between 1 and 60),
  discount_rate double precision not null check (discount_rate between 0 and 1),
  may_terminate boolean not null,
  department_weeks double precision not null check (department_weeks >= 0),
  team_weeks double precision not null check (team_weeks >= 0),
  yearly_budget bigint check (yearly_budget >= 0),
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (organisation_id)
);
comment on table plan.settings is
  'What a government set for its plans: the first day, the horizon, the discount rate as a share, whether contracts may be ended early, person-weeks a quarter of each department and each target''s team, and what moves may cost a year in minor units.';
select platform.own_by_tenant('plan.settings', 'select, insert, update');

create table plan.runs (
  organisation_id uuid not null,
  id uuid not null,
  state text not null check (state in ('waiting', 'solving', 'done', 'impossible', 'failed')),
  gap double precision not null check (gap >= 0),
  seconds integer not null check (seconds between 1 and 3600),
  problem jsonb,
  progress jsonb,
  solution jsonb,
  reading jsonb,
  complaint text,
  stop_asked_at timestamptz,
  started_by text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (organisation_id, id)
);
comment on table plan.runs is
  'One time that a plan was looked for: the problem as it was stated then, how far the solver has come, its solution, and what was read from it. complaint says in words why there is no plan.';
create index runs_by_age on plan.runs (organisation_id, id desc);
select platform.own_by_tenant('plan.runs', 'select, insert, update');

create table plan.plans (
  organisation_id uuid not null,
  number integer not null check (number >= 1),
  run_id uuid not null,
  problem jsonb not null,
  solution jsonb not null,
  reading jsonb not null,
  adopted_by text not null,
  adopted_at timestamptz not null default now(),
  primary key (organisation_id, number),
  unique (organisation_id, run_id),
  foreign key (organisation_id, run_id) references plan.runs
);
comment on table plan.plans is
  'A plan that was adopted, numbered, as it was then. It never changes: what happens is kept beside it.';
select platform.own_by_tenant('plan.plans', 'select, insert');
create trigger append_only before update or delete or truncate on plan.plans
  for each statement execute function platform.refuse_change();

create table plan.feeds (
  organisation_id uuid not null,
  id uuid not null,
  token_hash bytea not null,
  made_by text not null,
  made_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (organisation_id, id)
);
comment on table plan.feeds is
  'A secret address under which a calendar program reads what has to be decided by when. Only the hash of the secret is kept.';
create index feeds_by_token on plan.feeds (organisation_id, token_hash);
select platform.own_by_tenant('plan.feeds', 'select, insert, update');

create table plan.transitions (
  organisation_id uuid not null,
  id uuid not null,
  plan_number integer not null,
  part_id uuid not null,
  system_id uuid not null,
  name text not null,
  promised jsonb not null,
  begun_on date not null,
  notice_given_on date,
  finished_on date,
  begun_by text not null,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, plan_number, part_id),
  foreign key (organisation_id, plan_number) references plan.plans (organisation_id, number)
);
comment on table plan.transitions is
  'A planned move that has begun. promised is what the plan said of it and never changes: dates, baseline, costs and saving. The dates beside it are what happened.';
select platform.own_by_tenant('plan.transitions', 'select, insert, update');

create table plan.waves (
  organisation_id uuid not null,
  transition_id uuid not null,
  ordinal smallint not null check (ordinal >= 1),
  name text not null,
  users integer not null check (users >= 0),
  moved_on date,
  primary key (organisation_id, transition_id, ordinal),
  foreign key (organisation_id, transition_id) references plan.transitions
);
comment on table plan.waves is 'A group of users that moves at once, and when it did.';
select platform.own_by_tenant('plan.waves', 'select, insert, update');

create table plan.checks (
  organisation_id uuid not null,
  transition_id uuid not null,
  ordinal smallint not null check (ordinal >= 1),
  what text not null,
  done_by text,
  done_at timestamptz,
  primary key (organisation_id, transition_id, ordinal),
  foreign key (organisation_id, transition_id) references plan.transitions
);
comment on table plan.checks is 'A thing to do in a transition, and who has done it.';
select platform.own_by_tenant('plan.checks', 'select, insert, update');

create table plan.costs (
  organisation_id uuid not null,
  id uuid not null,
  transition_id uuid not null,
  kind text not null check (kind in ('moving', 'dual running', 'exit fee', 'platform charge')),
  amount bigint not null,
  paid_on date not null,
  evidence text not null,
  entered_by text not null,
  entered_at timestamptz not null default now(),
  primary key (organisation_id, id),
  foreign key (organisation_id, transition_id) references plan.transitions
);
comment on table plan.costs is
  'What a transition has cost in fact, in minor units: one line, with what shows it. Only added to; a line below zero corrects another.';
create index costs_by_transition on plan.costs (organisation_id, transition_id);
select platform.own_by_tenant('plan.costs', 'select, insert');
