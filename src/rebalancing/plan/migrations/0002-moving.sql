-- Moving: what an adopted plan promised of each move, and what happens. The tables of transitions that the first migration
-- made were never written to: these take their place.

drop table plan.costs;
drop table plan.checks;
drop table plan.waves;
drop table plan.transitions;

create table plan.transitions (
  organisation_id uuid not null,
  id uuid not null,
  part_id uuid not null,
  system_id uuid not null,
  department_id uuid not null,
  contract_id uuid,
  target_id text not null,
  name text not null,
  target_name text not null,
  currency text not null,
  state text not null default 'planned' check (state in ('planned', 'under way', 'completed', 'withdrawn')),
  begun_on date,
  notice_given_on date,
  completed_on date check (completed_on >= begun_on),
  created_at timestamptz not null default now(),
  primary key (organisation_id, id)
);
comment on table plan.transitions is
  'The move of one part of a system to a target, from the plan that first promised it to its end. Its dates are what happened; what was promised is in promises.';
create unique index transitions_open on plan.transitions (organisation_id, part_id) where state in ('planned', 'under way');
create index transitions_by_state on plan.transitions (organisation_id, state, id);
select platform.own_by_tenant('plan.transitions', 'select, insert, update');

create table plan.promises (
  organisation_id uuid not null,
  transition_id uuid not null,
  plan_number integer not null,
  begins_on date not null,
  ends_on date not null,
  decide_by date,
  contract_action text,
  baseline bigint not null,
  baseline_from date not null,
  baseline_to date not null,
  baseline_transactions bigint,
  yearly_cost bigint not null,
  moving_cost bigint not null,
  dual_running bigint not null,
  exit_fee bigint not null,
  worth bigint not null,
  quarters jsonb not null,
  primary key (organisation_id, transition_id, plan_number),
  foreign key (organisation_id, transition_id) references plan.transitions,
  foreign key (organisation_id, plan_number) references plan.plans (organisation_id, number)
);
comment on table plan.promises is
  'What a plan promised of a transition when it was adopted: dates, the cost a year before (baseline) and after, what moving costs once, its worth, and savings quarter by quarter, in minor units. It never changes: a later plan adds its own.';
select platform.own_by_tenant('plan.promises', 'select, insert');
create trigger append_only before update or delete or truncate on plan.promises
  for each statement execute function platform.refuse_change();

create table plan.actions (
  organisation_id uuid not null,
  id uuid not null,
  transition_id uuid not null,
  what text not null,
  happened_on date not null,
  evidence text not null,
  done_by text not null,
  done_at timestamptz not null default now(),
  primary key (organisation_id, id),
  foreign key (organisation_id, transition_id) references plan.transitions
);
comment on table plan.actions is
  'One thing that was done in a transition, when it happened, what shows it and who recorded it. Only added to.';
create index actions_by_transition on plan.actions (organisation_id, transition_id, id);
select platform.own_by_tenant('plan.actions', 'select, insert');
create trigger append_only before update or delete or truncate on plan.actions
  for each statement execute function platform.refuse_change();

create table plan.waves (
  organisation_id uuid not null,
  transition_id uuid not null,
  ordinal smallint not null check (ordinal >= 1),
  name text not null,
  users integer not null check (users >= 0),
  planned_on date,
  moved_on date,
  primary key (organisation_id, transition_id, ordinal),
  foreign key (organisation_id, transition_id) references plan.transitions
);
comment on table plan.waves is 'A group of users that moves at once: when it is to, and when it did.';
select platform.own_by_tenant('plan.waves', 'select, insert, update');

create table plan.checks (
  organisation_id uuid not null,
  transition_id uuid not null,
  ordinal smallint not null check (ordinal >= 1),
  what text not null,
  settled text check (settled in ('done', 'not needed')),
  settled_by text,
  settled_at timestamptz,
  primary key (organisation_id, transition_id, ordinal),
  foreign key (organisation_id, transition_id) references plan.transitions,
  check ((settled is null) = (settled_by is null))
);
comment on table plan.checks is 'A thing to do in a transition, and whether it was done or is not needed; what shows it is in actions.';
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
create index costs_by_transition on plan.costs (organisation_id, transition_id, paid_on);
select platform.own_by_tenant('plan.costs', 'select, insert');
create trigger append_only before update or delete or truncate on plan.costs
  for each statement execute function platform.refuse_change();

create table plan.savings (
  organisation_id uuid not null,
  id uuid not null,
  transition_id uuid not null,
  quarter text not null check (quarter ~ '^[12][0-9]{3}-Q[1-4]$'),
  kind text not null check (kind in ('cashable', 'avoided')),
  revision integer not null check (revision >= 1),
  amount bigint not null,
  evidence text not null,
  reason text,
  entered_by text not null,
  entered_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, transition_id, quarter, kind, revision),
  foreign key (organisation_id, transition_id) references plan.transitions,
  check (revision = 1 or reason is not null)
);
comment on table plan.savings is
  'What a transition has saved in a quarter, in minor units, as somebody stated it: cashable (paid before and not any more) or avoided (would have been paid). A correction is another revision with its reason. Not verified until a row in verifications says so.';
select platform.own_by_tenant('plan.savings', 'select, insert');
create trigger append_only before update or delete or truncate on plan.savings
  for each statement execute function platform.refuse_change();

create table plan.verifications (
  organisation_id uuid not null,
  saving_id uuid not null,
  evidence text not null,
  verified_by text not null,
  verified_at timestamptz not null default now(),
  primary key (organisation_id, saving_id),
  foreign key (organisation_id, saving_id) references plan.savings
);
comment on table plan.verifications is
  'That somebody other than who stated a saving has looked at its evidence and found it right. From then on it counts as saved.';
select platform.own_by_tenant('plan.verifications', 'select, insert');
create trigger append_only before update or delete or truncate on plan.verifications
  for each statement execute function platform.refuse_change();
