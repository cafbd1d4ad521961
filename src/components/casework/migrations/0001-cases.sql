-- Cases: what citizens asked for, and what caseworkers did about it.

grant usage on schema casework to commonhold_application, commonhold_reader;

create table casework.cases (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  submission_id uuid not null,
  reference text not null,
  -- The reference without hyphens, so that it is found however it is typed. COLLATE "C" lets the index find its beginning.
  reference_key text collate "C" not null,
  title text not null,
  sealed_answers bytea,
  sealed_applicant bytea,
  applicant_fingerprint bytea,
  state text not null default 'open' check (state in ('open', 'approved', 'refused')),
  assigned_to uuid,
  assigned_to_name text,
  opened_at timestamptz not null default now(),
  decided_at timestamptz,
  erased_at timestamptz,
  revision integer not null default 1,
  primary key (organisation_id, id),
  unique (organisation_id, submission_id),
  unique (organisation_id, service_id, reference_key),
  check ((state = 'open') = (decided_at is null)),
  check ((assigned_to is null) = (assigned_to_name is null)),
  check (erased_at is null or (sealed_answers is null and sealed_applicant is null and applicant_fingerprint is null)),
  check (erased_at is not null or sealed_answers is not null)
);
comment on table casework.cases is
  'One request of one citizen, from its submission to its decision. Answers and applicant are sealed; after the retention period they are erased and the row stays, to be counted. state, decided_at and assigned_to repeat what the newest rows of decisions and assignments say, for the work list; revision counts their changes.';
create index cases_by_state on casework.cases (organisation_id, service_id, state, id);
create index cases_by_person on casework.cases (organisation_id, service_id, state, assigned_to, id);
create index cases_by_applicant on casework.cases (organisation_id, applicant_fingerprint) where applicant_fingerprint is not null;
create index cases_to_erase on casework.cases (organisation_id, service_id, decided_at) where decided_at is not null and erased_at is null;
select platform.own_by_tenant('casework.cases', 'select, insert, update');

create table casework.decisions (
  organisation_id uuid not null,
  case_id uuid not null,
  outcome text not null check (outcome in ('approved', 'refused')),
  sealed_reason bytea,
  message_id uuid,
  decided_by uuid not null,
  decided_by_name text not null,
  decided_at timestamptz not null default now(),
  primary key (organisation_id, case_id),
  foreign key (organisation_id, case_id) references casework.cases
);
comment on table casework.decisions is
  'The decision of a case. The key allows one, so of two people who decide at once one does. message_id is the e-mail that told the applicant, null where there was no address. Only the sealed reason can change: it is erased, or sealed with another key.';
select platform.own_by_tenant('casework.decisions', 'select, insert, update (sealed_reason)');

create table casework.notes (
  organisation_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  sealed_text bytea,
  written_by uuid not null,
  written_by_name text not null,
  written_at timestamptz not null default now(),
  primary key (organisation_id, id),
  foreign key (organisation_id, case_id) references casework.cases
);
comment on table casework.notes is
  'What a caseworker wrote down about a case, for colleagues. Never changed; the text is erased with the case.';
create index notes_by_case on casework.notes (organisation_id, case_id, id);
select platform.own_by_tenant('casework.notes', 'select, insert, update (sealed_text)');

create table casework.assignments (
  organisation_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  assigned_to uuid,
  assigned_to_name text,
  assigned_by uuid not null,
  assigned_by_name text not null,
  assigned_at timestamptz not null default now(),
  primary key (organisation_id, id),
  foreign key (organisation_id, case_id) references casework.cases,
  check ((assigned_to is null) = (assigned_to_name is null))
);
comment on table casework.assignments is
  'Who gave a case to whom, and when; to nobody where assigned_to is null. The newest row of a case holds. Names are kept as they were.';
create index assignments_by_case on casework.assignments (organisation_id, case_id, id);
select platform.own_by_tenant('casework.assignments', 'select, insert');
