-- Published figures of services, ours and those of an imported history; and completions that change an earlier day.

alter table measures.stale_hours drop constraint stale_hours_what_check;
alter table measures.stale_hours add constraint stale_hours_what_check
  check (what in ('transactions', 'starts', 'unit charges', 'opinions'));
comment on table measures.stale_hours is
  'Something was recorded in this hour of a service after it was last counted, so its day is to be counted again (starts: only how many of the transactions started in it have been completed). Each recording adds a row of its own, so that recordings of one service never wait for each other; counting removes those that it has seen.';

create table measures.histories (
  organisation_id uuid not null,
  history_id uuid not null,
  slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title text not null,
  publisher text not null,
  licence text not null,
  source text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  file_name text not null,
  imported_by text not null,
  imported_at timestamptz not null default now(),
  primary key (organisation_id, history_id),
  unique (organisation_id, slug)
);
comment on table measures.histories is
  'A published history of the measures of services outside this platform, as it was imported: who published it, under which licence, from which file. Its services are no tenants; they are rows about somebody else''s services.';
select platform.own_by_tenant('measures.histories', 'select, insert, update');
select platform.open_to_reader('measures.histories');

create table measures.history_services (
  organisation_id uuid not null,
  history_id uuid not null,
  service_id uuid not null,
  slug text not null,
  name text not null,
  department text not null,
  department_slug text not null,
  agency text,
  category text,
  description text,
  address text,
  notes_on_costs text,
  other_notes text,
  primary key (organisation_id, service_id),
  unique (organisation_id, history_id, slug),
  foreign key (organisation_id, history_id) references measures.histories
);
comment on table measures.history_services is
  'A service of an imported history, with the footnotes that were published with it. Its figures are in measures.figures under its service_id.';
select platform.own_by_tenant('measures.history_services', 'select, insert, update');
select platform.open_to_reader('measures.history_services');

create table measures.figures (
  organisation_id uuid not null,
  service_id uuid not null,
  quarter date not null check (extract(day from quarter) = 1 and extract(month from quarter) in (1, 4, 7, 10)),
  revision int not null check (revision >= 0),
  history_id uuid,
  from_day date not null,
  to_day date not null,
  transactions bigint check (transactions >= 0),
  digital_transactions bigint check (digital_transactions >= 0),
  assisted_transactions bigint check (assisted_transactions >= 0),
  started bigint,
  finished bigint,
  completion_rate double precision,
  opinions bigint,
  satisfaction double precision,
  cost bigint,
  cost_per_transaction double precision,
  digital_cost bigint,
  digital_cost_per_transaction double precision,
  one_off_cost bigint,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  cost_status text not null check (cost_status in ('measured', 'estimated', 'incomplete', 'missing')),
  cost_gaps text[] not null default '{}',
  reason text,
  published_at timestamptz not null default now(),
  primary key (organisation_id, service_id, quarter, revision),
  check (revision <= 1 or reason is not null)
);
comment on table measures.figures is
  'The measures of a service over the twelve months that end with a quarter (its first day), as they are public. Revision 0 is the quarter that is still running and is made again as it goes on; from 1 on a row is published and never changes: the highest revision counts, and those below it stay to be seen beside it. An empty figure is missing. Money is in minor units.';
create index figures_by_quarter on measures.figures (quarter, service_id, revision);
create index figures_by_history on measures.figures (history_id, service_id, quarter) where history_id is not null;
select platform.own_by_tenant('measures.figures', 'select, insert, update, delete');
select platform.open_to_reader('measures.figures');

create function measures.refuse_change_of_published() returns trigger
language plpgsql as $$
begin
  raise exception 'figure % of % is published: it is corrected by another revision', old.quarter, old.service_id using errcode = '42501';
end
$$;
create trigger published_means_frozen before update or delete on measures.figures
  for each row when (old.revision > 0) execute function measures.refuse_change_of_published();
