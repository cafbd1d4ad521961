-- What every part's tables stand on: whose rows a transaction sees, and the audit trail.

create function platform.mandate_permits(mandate uuid, organisation uuid) returns boolean
language sql stable as $$ select false $$;
comment on function platform.mandate_permits is
  'Whether a mandate is in force for an organisation. Says no until the organisations part, which keeps mandates, replaces it.';

-- In SQL, and no longer than this, so that PostgreSQL writes it into the query instead of calling it.
create function platform.tenant() returns uuid
language sql stable as $$
  select case
    when nullif(current_setting('commonhold.mandate', true), '') is null
      or platform.mandate_permits(current_setting('commonhold.mandate', true)::uuid, current_setting('commonhold.organisation', true)::uuid)
    then nullif(current_setting('commonhold.organisation', true), '')::uuid
  end
$$;
comment on function platform.tenant is
  'The organisation whose rows this transaction may see, or null: then it sees none. Policies call it as (select platform.tenant()), once a query.';

create function platform.own_by_tenant(target regclass, privileges text default 'select, insert, update, delete') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format(
    'create policy tenant on %s using (organisation_id = (select platform.tenant())) with check (organisation_id = (select platform.tenant()))',
    target);
  execute format('grant %s on %s to commonhold_application', privileges, target);
end
$$;
comment on function platform.own_by_tenant is
  'Makes a table tenant-owned: its rows are visible only to their organisation, and the application has the stated privileges.';

create function platform.open_to_reader(target regclass) returns void
language plpgsql as $$
begin
  execute format('create policy reader on %s for select to commonhold_reader using (true)', target);
  execute format('grant select on %s to commonhold_reader', target);
end
$$;
comment on function platform.open_to_reader is
  'Lets the read-only role see a table across organisations: for rollups, open data and operators.';

revoke execute on function platform.own_by_tenant, platform.open_to_reader from public;
grant usage on schema platform to commonhold_application, commonhold_reader;
grant select on platform.migrations to commonhold_application;

create table platform.audit_entries (
  organisation_id uuid not null,
  id uuid not null,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('person', 'key', 'applicant', 'system')),
  actor_id uuid,
  actor_name text not null,
  from_address text,
  mandate_id uuid,
  action text not null,
  subject_kind text not null,
  subject_id uuid,
  subject_name text,
  detail jsonb not null default '{}',
  primary key (organisation_id, id)
);
comment on table platform.audit_entries is
  'Who did what, to what, when and from where. Written in the transaction that does it; the application can add rows and read them, and nothing else.';
create index audit_entries_by_subject on platform.audit_entries (organisation_id, subject_id, id desc);
select platform.own_by_tenant('platform.audit_entries', 'select, insert');

create function platform.refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% is append-only: its rows are never changed or removed', tg_relid::regclass using errcode = '42501';
end
$$;
create trigger append_only before update or delete or truncate on platform.audit_entries
  for each statement execute function platform.refuse_change();

create table platform.events (
  organisation_id uuid not null,
  id uuid not null,
  type text not null,
  source text not null,
  subject text,
  time timestamptz not null default now(),
  data jsonb not null,
  delivered_at timestamptz,
  primary key (organisation_id, id)
);
comment on table platform.events is
  'What happened, in the attributes of CloudEvents 1.0, written in the transaction in which it happened and delivered to listeners at least once.';
select platform.own_by_tenant('platform.events', 'select, insert, update, delete');

create table platform.marks (
  name text primary key,
  made_at timestamptz not null default now()
);
comment on table platform.marks is
  'Facts about this database as a whole, such as that it holds the demonstration government. Not tenant-owned: there is one database.';
grant select on platform.marks to commonhold_application;
