-- Departments, their services, the people who work on them, and who may do what.

grant usage on schema organisations to commonhold_application, commonhold_reader;

create table organisations.organisations (
  organisation_id uuid primary key,
  parent_id uuid references organisations.organisations,
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text not null,
  kind text not null check (kind in ('government', 'department', 'agency', 'shared service centre')),
  created_at timestamptz not null default now(),
  check ((parent_id is null) = (kind = 'government'))
);
comment on table organisations.organisations is
  'The government and its departments, as a tree. An organisation is the tenant: its id is the first column of every other table''s key.';
create unique index one_government on organisations.organisations ((true)) where parent_id is null;
select platform.own_by_tenant('organisations.organisations', 'select, insert, update');
select platform.open_to_reader('organisations.organisations');

create table organisations.services (
  organisation_id uuid not null references organisations.organisations,
  id uuid not null,
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text not null,
  summary text not null,
  phase text not null check (phase in ('alpha', 'beta', 'live')),
  audience text not null check (audience in ('public', 'internal')),
  opens_on date,
  closes_on date,
  contact text not null,
  retention_days integer not null check (retention_days between 1 and 36500),
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  check (closes_on is null or opens_on is null or closes_on >= opens_on)
);
comment on table organisations.services is
  'A department''s service, for the public or for inside government. It is open from opens_on to closes_on, both included; without a date there is no bound.';
select platform.own_by_tenant('organisations.services', 'select, insert, update');
select platform.open_to_reader('organisations.services');

create table organisations.people (
  organisation_id uuid not null references organisations.organisations,
  id uuid not null,
  name text not null,
  email text not null unique check (email = lower(email) and email like '%@%'),
  created_at timestamptz not null default now(),
  left_at timestamptz,
  primary key (organisation_id, id)
);
comment on table organisations.people is
  'A member of staff, in the organisation that employs them. Who has left cannot sign in; the row stays for the audit trail.';
select platform.own_by_tenant('organisations.people', 'select, insert, update');

create table organisations.roles (
  organisation_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  role text not null check (role in ('platform operator', 'digital leader', 'service manager', 'caseworker', 'auditor')),
  service_id uuid,
  given_at timestamptz not null default now(),
  given_by text not null,
  ended_at timestamptz,
  primary key (organisation_id, id),
  foreign key (organisation_id, person_id) references organisations.people,
  foreign key (organisation_id, service_id) references organisations.services
);
comment on table organisations.roles is
  'What a person may do in their own organisation: over all of it, or over one service where service_id is given. For another organisation a mandate is needed.';
create unique index one_of_each_role on organisations.roles
  (organisation_id, person_id, role, coalesce(service_id, '00000000-0000-0000-0000-000000000000')) where ended_at is null;
create index roles_by_service on organisations.roles (organisation_id, service_id, role) where ended_at is null;
select platform.own_by_tenant('organisations.roles', 'select, insert, update');

create table organisations.mandates (
  organisation_id uuid not null references organisations.organisations,
  id uuid not null,
  acting_organisation_id uuid not null references organisations.organisations,
  purpose text not null,
  roles text[] not null check (cardinality(roles) > 0 and roles <@ array['digital leader', 'service manager', 'caseworker', 'auditor']),
  service_id uuid,
  from_at timestamptz not null,
  until_at timestamptz not null,
  granted_at timestamptz not null default now(),
  granted_by text not null,
  withdrawn_at timestamptz,
  withdrawn_by text,
  primary key (organisation_id, id),
  foreign key (organisation_id, service_id) references organisations.services,
  check (until_at > from_at),
  check (acting_organisation_id <> organisation_id)
);
comment on table organisations.mandates is
  'Lets people of another organisation (acting) do the work of some roles for this one (organisation_id, which grants it), between two moments, for a purpose. Row-level security asks this table in every query under a mandate, so it ends the moment it expires or is withdrawn.';
create index mandates_by_acting on organisations.mandates (acting_organisation_id, until_at);
create index mandates_by_id on organisations.mandates (id);
select platform.own_by_tenant('organisations.mandates', 'select, insert, update');

create table organisations.api_keys (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  name text not null,
  kind text not null check (kind in ('live', 'team', 'test')),
  sealed_secret bytea not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  revoked_at timestamptz,
  revoked_by text,
  primary key (organisation_id, id),
  foreign key (organisation_id, service_id) references organisations.services
);
comment on table organisations.api_keys is
  'A key with which a department''s own system calls the components. The secret is sealed and not hashed because HS256 needs it to check a signature.';
create unique index one_key_of_each_name on organisations.api_keys (organisation_id, service_id, lower(name)) where revoked_at is null;
create index api_keys_by_service on organisations.api_keys (service_id);
select platform.own_by_tenant('organisations.api_keys', 'select, insert, update');

create table organisations.sign_ins (
  organisation_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  kind text not null check (kind in ('code', 'link')),
  attempt_hash bytea not null unique,
  code_hash bytea,
  wrong_tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (organisation_id, id),
  foreign key (organisation_id, person_id) references organisations.people
);
comment on table organisations.sign_ins is
  'An attempt to sign in, with a code sent by e-mail or a link made at the command line. Only hashes are kept. It works once, until it expires, and a code for five tries.';
create index sign_ins_by_person on organisations.sign_ins (organisation_id, person_id, created_at);
select platform.own_by_tenant('organisations.sign_ins');

create table organisations.sessions (
  organisation_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (organisation_id, id),
  foreign key (organisation_id, person_id) references organisations.people
);
comment on table organisations.sessions is 'A signed-in browser of a member of staff. Only the hash of its token is kept.';
create index sessions_by_person on organisations.sessions (organisation_id, person_id);
select platform.own_by_tenant('organisations.sessions');
