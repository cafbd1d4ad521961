-- What the four measures and the savings are made of: corrections, costs, unit charges, opinions, baselines and savings;
-- and the counts by day that the pages read.

-- Recording -----------------------------------------------------------------------------------------------------------

create table measures.stale_hours (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  what text not null check (what in ('transactions', 'unit charges', 'opinions')),
  hour timestamptz not null,
  primary key (organisation_id, id, what, hour)
);
comment on table measures.stale_hours is
  'Something was recorded in this hour of a service after it was last counted, so its day is to be counted again. Each recording adds a row of its own, so that recordings of one service never wait for each other; counting removes those that it has seen.';
create index stale_hours_by_service on measures.stale_hours (organisation_id, service_id, what);
select platform.own_by_tenant('measures.stale_hours', 'select, insert, delete');
select platform.open_to_reader('measures.stale_hours');

create table measures.transaction_corrections (
  organisation_id uuid not null,
  service_id uuid not null,
  transaction_id text collate "C" not null,
  event text not null check (event in ('started', 'completed', 'failed')),
  revision int not null check (revision > 0),
  channel text check (channel in ('digital', 'assisted digital', 'phone', 'paper', 'face to face')),
  at timestamptz,
  reason text not null,
  corrected_by text not null,
  corrected_at timestamptz not null default now(),
  primary key (organisation_id, service_id, transaction_id, event, revision),
  check ((channel is null) = (at is null))
);
comment on table measures.transaction_corrections is
  'What a recorded transaction really was: the highest revision counts, and the record as it first came stays. Without channel and time it never happened.';
create index transaction_corrections_by_time on measures.transaction_corrections (organisation_id, service_id, at);
select platform.own_by_tenant('measures.transaction_corrections', 'select, insert');

create table measures.unit_charges (
  organisation_id uuid not null,
  service_id uuid not null,
  component text not null,
  charge_key text collate "C" not null check (length(charge_key) between 1 and 200),
  kind text not null,
  channel text check (channel in ('digital', 'assisted digital', 'phone', 'paper', 'face to face')),
  quantity numeric(18, 6) not null,
  amount_micros bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  at timestamptz not null default now(),
  primary key (organisation_id, service_id, component, charge_key)
);
comment on table measures.unit_charges is
  'What one use of a component cost a service: an e-mail, a text message, a letter, a payment. amount_micros is in millionths of the currency''s unit, because a text message costs a fraction of a penny. The key, which is the component''s own, makes recording it again harmless. Rows are only added; a credit is a row below zero.';
create index unit_charges_by_time on measures.unit_charges (organisation_id, service_id, at);
select platform.own_by_tenant('measures.unit_charges', 'select, insert');

create table measures.opinions (
  organisation_id uuid not null,
  service_id uuid not null,
  moment text not null check (moment in ('end of form', 'decision', 'other')),
  opinion_key text collate "C" not null check (length(opinion_key) between 1 and 200),
  rating smallint not null check (rating between 1 and 5),
  channel text not null check (channel in ('digital', 'assisted digital', 'phone', 'paper', 'face to face')),
  at timestamptz not null default now(),
  primary key (organisation_id, service_id, moment, opinion_key)
);
comment on table measures.opinions is
  'How satisfied one person was with a service, from 1 (very dissatisfied) to 5 (very satisfied). The key is the sender''s own and names nobody; it makes recording it again harmless.';
create index opinions_by_time on measures.opinions (organisation_id, service_id, at);
select platform.own_by_tenant('measures.opinions', 'select, insert');

-- Counted by day ------------------------------------------------------------------------------------------------------

create table measures.day_counts (
  organisation_id uuid not null,
  service_id uuid not null,
  day date not null,
  channel text not null,
  started bigint not null,
  completed bigint not null,
  failed bigint not null,
  finished bigint not null,
  primary key (organisation_id, service_id, day, channel)
);
comment on table measures.day_counts is
  'How many transactions of a service were started, completed and failed on a day in a channel; finished is how many of those started have been completed by now. Made from measures.transactions and its corrections, and made again wherever those change.';
select platform.own_by_tenant('measures.day_counts');
select platform.open_to_reader('measures.day_counts');

create table measures.unit_charge_days (
  organisation_id uuid not null,
  service_id uuid not null,
  day date not null,
  component text not null,
  kind text not null,
  channel text not null,
  currency text not null,
  quantity numeric not null,
  amount_micros bigint not null,
  primary key (organisation_id, service_id, day, component, kind, channel, currency)
);
comment on table measures.unit_charge_days is
  'The unit charges of a service on a day by component, kind and channel (empty where they are shared by all channels). Made from measures.unit_charges.';
select platform.own_by_tenant('measures.unit_charge_days');
select platform.open_to_reader('measures.unit_charge_days');

create table measures.opinion_days (
  organisation_id uuid not null,
  service_id uuid not null,
  day date not null,
  moment text not null,
  channel text not null,
  rated_1 bigint not null,
  rated_2 bigint not null,
  rated_3 bigint not null,
  rated_4 bigint not null,
  rated_5 bigint not null,
  primary key (organisation_id, service_id, day, moment, channel)
);
comment on table measures.opinion_days is
  'How many people gave each of the five ratings to a service on a day. Made from measures.opinions.';
select platform.own_by_tenant('measures.opinion_days');
select platform.open_to_reader('measures.opinion_days');

-- Costs ---------------------------------------------------------------------------------------------------------------

create table measures.costs (
  organisation_id uuid not null,
  cost_id uuid not null,
  revision int not null check (revision > 0),
  service_id uuid not null,
  kind text not null check (kind in ('staff', 'accommodation', 'systems', 'postage and printing', 'fees', 'overheads', 'one-off')),
  channel text check (channel in ('digital', 'assisted digital', 'phone', 'paper', 'face to face')),
  shares jsonb,
  from_day date not null,
  to_day date not null,
  amount bigint,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  quality text not null check (quality in ('measured', 'estimated')),
  evidence text not null,
  reason text,
  entered_by text not null,
  entered_at timestamptz not null default now(),
  primary key (organisation_id, cost_id, revision),
  check (to_day >= from_day),
  check (channel is null or shares is null),
  check (revision = 1 or reason is not null)
);
comment on table measures.costs is
  'A cost of a service over a period, in minor units, as its manager entered it. The highest revision counts; the others are what it was corrected from, and one without an amount takes the cost away. It belongs to one channel, or is shared by stated parts of a hundred (shares), or, with neither, in proportion to completed transactions.';
create index costs_by_service on measures.costs (organisation_id, service_id, from_day);
select platform.own_by_tenant('measures.costs', 'select, insert');
select platform.open_to_reader('measures.costs');

create table measures.system_costs (
  organisation_id uuid not null,
  contract_key text collate "C" not null check (length(contract_key) between 1 and 200),
  service_id uuid not null,
  revision int not null check (revision > 0),
  service_organisation_id uuid not null,
  system_name text not null,
  channel text check (channel in ('digital', 'assisted digital', 'phone', 'paper', 'face to face')),
  from_day date not null,
  to_day date not null,
  contract_amount bigint not null,
  share numeric(7, 6) not null check (share between 0 and 1),
  amount bigint,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  quality text not null check (quality in ('measured', 'estimated')),
  evidence text not null,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (organisation_id, contract_key, service_id, revision),
  check (to_day >= from_day)
);
comment on table measures.system_costs is
  'A service''s share of a contract for a system, in minor units, over the contract''s period. It is the row of whoever keeps the estate, about a service of service_organisation_id. The highest revision counts; one without an amount takes the cost away.';
create index system_costs_by_service on measures.system_costs (service_id, from_day);
select platform.own_by_tenant('measures.system_costs', 'select, insert');
select platform.open_to_reader('measures.system_costs');

-- Savings -------------------------------------------------------------------------------------------------------------

create table measures.transitions (
  organisation_id uuid not null,
  transition_id uuid not null,
  name text not null,
  department_id uuid,
  service_id uuid,
  carried_out_on date,
  recorded_at timestamptz not null default now(),
  primary key (organisation_id, transition_id)
);
comment on table measures.transitions is
  'A move of a system whose savings are kept in the ledger: of which department, and of which service the cost is measured afterwards. transition_id is the plan''s own.';
select platform.own_by_tenant('measures.transitions', 'select, insert, update');
select platform.open_to_reader('measures.transitions');

create table measures.baselines (
  organisation_id uuid not null,
  transition_id uuid not null,
  revision int not null check (revision > 0),
  from_day date not null,
  to_day date not null,
  cost bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  transactions bigint check (transactions >= 0),
  quality text not null check (quality in ('measured', 'estimated')),
  evidence text not null,
  reason text,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (organisation_id, transition_id, revision),
  foreign key (organisation_id, transition_id) references measures.transitions,
  check (to_day >= from_day),
  check (revision = 1 or reason is not null)
);
comment on table measures.baselines is
  'What a system cost over a period before its move, in minor units, and how many transactions it served (null where nobody counted them). The highest revision counts; those below it were published before and stay.';
select platform.own_by_tenant('measures.baselines', 'select, insert');
select platform.open_to_reader('measures.baselines');

create table measures.savings (
  organisation_id uuid not null,
  transition_id uuid not null,
  quarter date not null check (extract(day from quarter) = 1 and extract(month from quarter) in (1, 4, 7, 10)),
  figure text not null check (figure in ('planned', 'planned one-off', 'realised', 'avoided', 'not realised', 'one-off')),
  revision int not null check (revision > 0),
  amount bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  quality text not null check (quality in ('measured', 'estimated')),
  evidence text not null,
  reason text,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (organisation_id, transition_id, quarter, figure, revision),
  foreign key (organisation_id, transition_id) references measures.transitions,
  check (revision = 1 or reason is not null)
);
comment on table measures.savings is
  'One figure of the savings of a transition in a quarter (its first day), in minor units: planned, or what became of it. The highest revision counts; those below it were published before and stay.';
select platform.own_by_tenant('measures.savings', 'select, insert');
select platform.open_to_reader('measures.savings');

create trigger append_only before update or delete or truncate on measures.transaction_corrections
  for each statement execute function platform.refuse_change();
create trigger append_only before update or delete or truncate on measures.costs
  for each statement execute function platform.refuse_change();
create trigger append_only before update or delete or truncate on measures.system_costs
  for each statement execute function platform.refuse_change();
create trigger append_only before update or delete or truncate on measures.baselines
  for each statement execute function platform.refuse_change();
create trigger append_only before update or delete or truncate on measures.savings
  for each statement execute function platform.refuse_change();
