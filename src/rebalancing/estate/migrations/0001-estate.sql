-- The estate: every system that the government runs, what it needs them for, the contracts under them, and who said so.
-- Rows belong to the government's root organisation; the department is a column.

grant usage on schema estate to commonhold_application, commonhold_reader;

-- A department's own people work in a transaction of the root organisation that is narrowed to their department.
create function estate.sees_department(department uuid) returns boolean
language sql stable as $$
  select coalesce(current_setting('commonhold.estate_departments', true), '') = ''
      or department = any (string_to_array(current_setting('commonhold.estate_departments', true), ',')::uuid[])
$$;
comment on function estate.sees_department is
  'Whether the transaction may see what belongs to a department: all may, unless it was narrowed (narrowToDepartment).';

create function estate.narrow_to_department(target regclass) returns void
language plpgsql as $$
begin
  execute format(
    'create policy department on %s as restrictive using (estate.sees_department(department_id)) with check (estate.sees_department(department_id))',
    target);
end
$$;
comment on function estate.narrow_to_department is
  'Hides a table''s rows of other departments from a transaction that was narrowed to one.';
revoke execute on function estate.narrow_to_department from public;

create table estate.departments (
  organisation_id uuid not null,
  id uuid not null,
  name text not null,
  -- The name as it is compared: lower case, without punctuation and words that say nothing.
  name_key text not null,
  of_organisation_id uuid,
  merged_into uuid,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, name_key),
  unique (organisation_id, of_organisation_id),
  foreign key (organisation_id, merged_into) references estate.departments,
  check (merged_into <> id)
);
comment on table estate.departments is
  'A public body whose systems, contracts or spend are in the estate, under one spelling of its name. of_organisation_id is the organisation of Commonhold that it is, if it is one; merged_into the row whose other spelling it is, never more than one step.';
create index departments_by_merger on estate.departments (organisation_id, merged_into) where merged_into is not null;
select platform.own_by_tenant('estate.departments', 'select, insert, update');

create table estate.suppliers (
  organisation_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text not null,
  identifier text,
  merged_into uuid,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, name_key),
  foreign key (organisation_id, merged_into) references estate.suppliers,
  check (merged_into <> id)
);
comment on table estate.suppliers is
  'A supplier under one spelling of its name. identifier is its number in a register, as scheme and number (GB-COH-01234567). merged_into is the row whose other spelling it is, never more than one step.';
create index suppliers_by_merger on estate.suppliers (organisation_id, merged_into) where merged_into is not null;
create unique index suppliers_by_identifier on estate.suppliers (organisation_id, identifier) where identifier is not null;
select platform.own_by_tenant('estate.suppliers', 'select, insert, update');

create table estate.needs (
  organisation_id uuid not null,
  key text not null check (key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text not null,
  description text not null,
  area text not null check (area in ('digital public services', 'mission IT', 'infrastructure', 'back office')),
  usual_way text not null check (usual_way in ('common component', 'commodity', 'shared service', 'special')),
  component text,
  words text[] not null default '{}',
  retired_at timestamptz,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organisation_id, key)
);
comment on table estate.needs is
  'A need of the taxonomy that this government added, or changed from what the program brings (taxonomy.ts). Needs without a row are as the program brings them.';
select platform.own_by_tenant('estate.needs', 'select, insert, update');

create table estate.targets (
  organisation_id uuid not null,
  id uuid not null,
  need_key text not null,
  name text not null,
  way text not null check (way in ('common component', 'commodity', 'shared service', 'special')),
  component text,
  supplier_id uuid,
  framework text,
  currency char(3) not null,
  yearly_cost bigint not null default 0 check (yearly_cost >= 0),
  cost_per_user bigint not null default 0 check (cost_per_user >= 0),
  cost_per_thousand_transactions bigint not null default 0 check (cost_per_thousand_transactions >= 0),
  opening_cost bigint not null default 0 check (opening_cost >= 0),
  moving_cost bigint not null default 0 check (moving_cost >= 0),
  moving_cost_per_user bigint not null default 0 check (moving_cost_per_user >= 0),
  available_from date,
  source text not null,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, need_key, name),
  foreign key (organisation_id, supplier_id) references estate.suppliers
);
comment on table estate.targets is
  'A common way to meet a need, to which systems or parts of them can move, and what it costs in minor units: once for the government (opening_cost), for each mover (moving_cost, and for each user), and a year (for each mover, each user, each thousand transactions).';
select platform.own_by_tenant('estate.targets', 'select, insert, update');

create table estate.systems (
  organisation_id uuid not null,
  id uuid not null,
  department_id uuid not null,
  reference text,
  name text not null,
  name_key text not null,
  description text not null default '',
  area text check (area in ('digital public services', 'mission IT', 'infrastructure', 'back office')),
  other_needs text[] not null default '{}',
  owner text,
  users bigint check (users >= 0),
  yearly_transactions bigint check (yearly_transactions >= 0),
  hosting text check (hosting in ('own data centre', 'supplier data centre', 'private cloud', 'public cloud', 'software as a service', 'on devices')),
  sensitivity text check (sensitivity in ('public', 'internal', 'personal', 'sensitive', 'secret')),
  lifecycle text check (lifecycle in ('planned', 'in development', 'live', 'being replaced', 'retired')),
  business_fit smallint check (business_fit between 1 and 4),
  technical_fit smallint check (technical_fit between 1 and 4),
  currency char(3) not null,
  stated jsonb not null default '{}',
  created_at timestamptz not null default now(),
  revision integer not null default 1,
  primary key (organisation_id, id),
  foreign key (organisation_id, department_id) references estate.departments
);
comment on table estate.systems is
  'A system, or a group of things that are bought and run as one. What is not known is null. Fits go from 1 (poor) to 4 (good). Costs are those of its parts. stated repeats, for each field, what the newest change says of it: source, day and by whom.';
create unique index systems_by_reference on estate.systems (organisation_id, department_id, lower(reference)) where reference is not null;
create index systems_by_name on estate.systems (organisation_id, department_id, name_key);
select platform.own_by_tenant('estate.systems', 'select, insert, update');
select estate.narrow_to_department('estate.systems');

create table estate.parts (
  organisation_id uuid not null,
  id uuid not null,
  system_id uuid not null,
  department_id uuid not null,
  kind text not null check (kind in ('application', 'hosting', 'connectivity', 'devices', 'support')),
  need_key text,
  target_id uuid,
  cost_people bigint check (cost_people >= 0),
  cost_licences bigint check (cost_licences >= 0),
  cost_services bigint check (cost_services >= 0),
  cost_equipment bigint check (cost_equipment >= 0),
  cost_other bigint check (cost_other >= 0),
  yearly_cost bigint not null generated always as (
    coalesce(cost_people, 0) + coalesce(cost_licences, 0) + coalesce(cost_services, 0) + coalesce(cost_equipment, 0) + coalesce(cost_other, 0)) stored,
  stated jsonb not null default '{}',
  primary key (organisation_id, id),
  unique (organisation_id, system_id, kind),
  foreign key (organisation_id, system_id) references estate.systems,
  foreign key (organisation_id, target_id) references estate.targets
);
comment on table estate.parts is
  'A part of a system that can stay or move by itself: what it is needed for, what it costs a year by kind (minor units of the system''s currency; what is paid under its contracts is included) and the target chosen for it. Every system has its application.';
create index parts_by_need on estate.parts (organisation_id, need_key);
select platform.own_by_tenant('estate.parts', 'select, insert, update, delete');
select estate.narrow_to_department('estate.parts');

create table estate.contracts (
  organisation_id uuid not null,
  id uuid not null,
  department_id uuid not null,
  supplier_id uuid,
  reference text,
  title text not null,
  kind text check (kind in ('service provision', 'integration', 'hosting', 'licence', 'network', 'devices', 'support')),
  framework text,
  lot text,
  currency char(3) not null,
  value bigint check (value >= 0),
  yearly_cost bigint check (yearly_cost >= 0),
  starts_on date,
  ends_on date,
  notice_count integer check (notice_count between 0 and 3650),
  notice_unit text check (notice_unit in ('days', 'months')),
  renewal_months integer check (renewal_months between 0 and 600),
  termination_fee bigint check (termination_fee >= 0),
  notice_given_on date,
  stopped_on date,
  stated jsonb not null default '{}',
  created_at timestamptz not null default now(),
  revision integer not null default 1,
  primary key (organisation_id, id),
  foreign key (organisation_id, department_id) references estate.departments,
  foreign key (organisation_id, supplier_id) references estate.suppliers,
  check (ends_on >= starts_on),
  check ((notice_count is null) = (notice_unit is null))
);
comment on table estate.contracts is
  'A contract as it was signed: starts_on and ends_on are the first and last day of its first term, before any extension or renewal. renewal_months 0 means that it does not renew by itself, null that nobody said. termination_fee null: it is not known to end early at a fee. stopped_on is the last day where it was ended early. Money in minor units.';
create unique index contracts_by_reference on estate.contracts (organisation_id, department_id, lower(reference)) where reference is not null;
create index contracts_by_supplier on estate.contracts (organisation_id, supplier_id);
select platform.own_by_tenant('estate.contracts', 'select, insert, update');
select estate.narrow_to_department('estate.contracts');

create table estate.extensions (
  organisation_id uuid not null,
  contract_id uuid not null,
  department_id uuid not null,
  ordinal smallint not null check (ordinal >= 1),
  months integer not null check (months between 1 and 600),
  uplift_basis_points integer not null default 0 check (uplift_basis_points between -10000 and 100000),
  decide_by date,
  like_for_like boolean,
  taken_on date,
  primary key (organisation_id, contract_id, ordinal),
  foreign key (organisation_id, contract_id) references estate.contracts
);
comment on table estate.extensions is
  'An option to extend a contract, in the order in which they can be taken. uplift_basis_points is how much dearer a year then is than the first term. decide_by is null where the notice period decides. taken_on says when it was taken.';
select platform.own_by_tenant('estate.extensions');
select estate.narrow_to_department('estate.extensions');

create table estate.contract_shares (
  organisation_id uuid not null,
  contract_id uuid not null,
  part_id uuid not null,
  department_id uuid not null,
  share_basis_points integer not null check (share_basis_points between 0 and 10000),
  primary key (organisation_id, contract_id, part_id),
  foreign key (organisation_id, contract_id) references estate.contracts,
  foreign key (organisation_id, part_id) references estate.parts on delete cascade
);
comment on table estate.contract_shares is
  'Which part of which system is bought under a contract, and the share of the contract''s yearly cost that it takes, in hundredths of a per cent.';
create index contract_shares_by_part on estate.contract_shares (organisation_id, part_id);
select platform.own_by_tenant('estate.contract_shares');
select estate.narrow_to_department('estate.contract_shares');

create table estate.dependencies (
  organisation_id uuid not null,
  system_id uuid not null,
  depends_on_id uuid not null,
  department_id uuid not null,
  reason text not null default '',
  primary key (organisation_id, system_id, depends_on_id),
  foreign key (organisation_id, system_id) references estate.systems,
  foreign key (organisation_id, depends_on_id) references estate.systems,
  check (system_id <> depends_on_id)
);
comment on table estate.dependencies is
  'That a system cannot do without another: it moves after it, or with it. There is no circle. department_id is that of the system that depends.';
create index dependencies_by_supporter on estate.dependencies (organisation_id, depends_on_id);
select platform.own_by_tenant('estate.dependencies', 'select, insert, update, delete');
select estate.narrow_to_department('estate.dependencies');

create table estate.changes (
  organisation_id uuid not null,
  id uuid not null,
  department_id uuid,
  subject_kind text not null check (subject_kind in ('system', 'part', 'contract', 'department', 'supplier', 'need', 'target')),
  subject_id uuid not null,
  field text not null,
  before jsonb,
  after jsonb,
  source_kind text not null check (source_kind in ('person', 'file', 'notice', 'spend', 'suggestion', 'merger', 'program')),
  source text not null,
  stated_on date not null,
  said_by text not null,
  at timestamptz not null default now(),
  primary key (organisation_id, id)
);
comment on table estate.changes is
  'That one field of something was said to be this: from what source, as of which day, by whom, and when it was entered here. before and after are equal where it was confirmed. Only added to.';
create index changes_by_subject on estate.changes (organisation_id, subject_id, id desc);
select platform.own_by_tenant('estate.changes', 'select, insert');
create policy department on estate.changes as restrictive using (estate.sees_department(department_id)) with check (true);
create trigger append_only before update or delete or truncate on estate.changes
  for each statement execute function platform.refuse_change();

create table estate.suggestions (
  organisation_id uuid not null,
  id uuid not null,
  department_id uuid,
  kind text not null check (kind in ('need', 'contract terms', 'same supplier', 'same department')),
  subject_id uuid not null,
  value jsonb not null,
  evidence text not null,
  source text not null,
  confidence real not null check (confidence between 0 and 1),
  state text not null default 'proposed' check (state in ('proposed', 'confirmed', 'rejected', 'overtaken')),
  made_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by text,
  primary key (organisation_id, id),
  check ((state = 'proposed') = (settled_at is null))
);
comment on table estate.suggestions is
  'Something that the program thinks and a person confirms or rejects: the need of a part (value: need), terms of a contract that were found in words (value: fields of the contract), or that two spellings are one (value: into). evidence is what led to it, in words.';
create unique index suggestions_once on estate.suggestions (organisation_id, kind, subject_id, md5(value::text));
create index suggestions_to_settle on estate.suggestions (organisation_id, kind, confidence desc, id) where state = 'proposed';
select platform.own_by_tenant('estate.suggestions', 'select, insert, update');
create policy department on estate.suggestions as restrictive using (estate.sees_department(department_id)) with check (estate.sees_department(department_id));

create table estate.mergers (
  organisation_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('supplier', 'department')),
  merged_id uuid not null,
  into_id uuid not null,
  -- Rows that had been merged into the merged one and now point past it: an undoing points them back.
  repointed uuid[] not null default '{}',
  merged_at timestamptz not null default now(),
  merged_by text not null,
  undone_at timestamptz,
  undone_by text,
  primary key (organisation_id, id)
);
comment on table estate.mergers is
  'That one spelling of a supplier or department was taken for another''s, by whom, and whether that was undone.';
select platform.own_by_tenant('estate.mergers', 'select, insert, update');

create table estate.spend (
  organisation_id uuid not null,
  id uuid not null,
  department_id uuid not null,
  supplier_id uuid not null,
  framework text,
  lot text,
  month date not null check (extract(day from month) = 1),
  description text not null default '',
  currency char(3) not null,
  amount bigint not null,
  source text not null,
  fingerprint bytea not null,
  primary key (organisation_id, id),
  unique (organisation_id, fingerprint),
  foreign key (organisation_id, department_id) references estate.departments,
  foreign key (organisation_id, supplier_id) references estate.suppliers
);
comment on table estate.spend is
  'One published line of spend: what a department paid a supplier in a month, in minor units (negative for a credit). fingerprint is of the line and of how many lines like it stood before it in its file, so that a file read twice is kept once.';
create index spend_by_supplier on estate.spend (organisation_id, supplier_id, department_id) include (amount, month);
create index spend_by_department on estate.spend (organisation_id, department_id) include (amount, supplier_id);
select platform.own_by_tenant('estate.spend', 'select, insert, delete');
select estate.narrow_to_department('estate.spend');

create table estate.rule_packs (
  organisation_id uuid not null,
  key text not null check (key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  definition jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organisation_id, key)
);
comment on table estate.rule_packs is
  'A pack of rules of technology spending that this government added, or changed from what the program brings: source, dates in force, rules and thresholds.';
select platform.own_by_tenant('estate.rule_packs', 'select, insert, update, delete');
