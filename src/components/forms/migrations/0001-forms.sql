-- Forms, their published versions, the applications that people are filling in, and what they sent.

grant usage on schema forms to commonhold_application;

create table forms.forms (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  name text not null,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, service_id)
);
comment on table forms.forms is 'The form of a service. What it asks is in its versions; the one with the highest number is live.';
select platform.own_by_tenant('forms.forms', 'select, insert, update');

create table forms.versions (
  organisation_id uuid not null,
  form_id uuid not null,
  number integer not null check (number > 0),
  -- Text as it came, not jsonb: what a department gets back is what it brought, in its order.
  definition json not null,
  published_at timestamptz not null default now(),
  primary key (organisation_id, form_id, number),
  foreign key (organisation_id, form_id) references forms.forms
);
comment on table forms.versions is
  'A published version of a form. It never changes: an application stays on the version that it began with.';
select platform.own_by_tenant('forms.versions', 'select, insert');
create trigger append_only before update or delete or truncate on forms.versions
  for each statement execute function platform.refuse_change();

create table forms.applications (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  form_id uuid not null,
  version integer not null,
  token_hash bytea not null,
  channel text not null check (channel in ('digital', 'assisted digital')),
  started_at timestamptz not null default now(),
  expires_at timestamptz not null,
  submission_id uuid,
  primary key (organisation_id, id),
  foreign key (organisation_id, form_id, version) references forms.versions
);
comment on table forms.applications is
  'An application that somebody is filling in. Whoever has the secret whose hash is kept here may go on with it, until it expires. It has a submission once it was sent, and only one.';
create index applications_by_expiry on forms.applications (organisation_id, expires_at);
select platform.own_by_tenant('forms.applications', 'select, insert, update, delete');

create table forms.answers (
  organisation_id uuid not null,
  application_id uuid not null,
  page text not null,
  sealed bytea not null,
  email_fingerprint bytea,
  saved_at timestamptz not null default now(),
  primary key (organisation_id, application_id, page),
  foreign key (organisation_id, application_id) references forms.applications on delete cascade
);
comment on table forms.answers is
  'What was answered on one page of an application, encrypted. A row says that the page was answered, even where it asks nothing. They go when the application is sent: the submission holds them. An e-mail address is found by its keyed hash, for subject access.';
create index answers_by_email on forms.answers (organisation_id, email_fingerprint) where email_fingerprint is not null;
select platform.own_by_tenant('forms.answers', 'select, insert, update, delete');

create table forms.submissions (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  form_id uuid not null,
  version integer not null,
  application_id uuid not null,
  reference text not null,
  channel text not null check (channel in ('digital', 'assisted digital')),
  submitted_at timestamptz not null default now(),
  sealed bytea,
  email_fingerprint bytea,
  erased_at timestamptz,
  primary key (organisation_id, id),
  unique (organisation_id, application_id),
  unique (organisation_id, reference),
  foreign key (organisation_id, form_id, version) references forms.versions,
  check ((sealed is null) = (erased_at is not null)),
  check (erased_at is null or email_fingerprint is null)
);
comment on table forms.submissions is
  'What a person sent, encrypted and immutable. After the retention period the answers are erased and the row stays, to be counted. The e-mail address is kept only as a keyed hash, for subject access.';
create index submissions_by_email on forms.submissions (organisation_id, email_fingerprint) where email_fingerprint is not null;
create index submissions_by_service on forms.submissions (organisation_id, service_id, id desc);
select platform.own_by_tenant('forms.submissions', 'select, insert, update');

create function forms.keep_submission() returns trigger
language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.erased_at is null
     and (new.organisation_id, new.id, new.service_id, new.form_id, new.version, new.application_id, new.reference, new.channel, new.submitted_at)
       = (old.organisation_id, old.id, old.service_id, old.form_id, old.version, old.application_id, old.reference, old.channel, old.submitted_at)
     and (new.erased_at is not null or new.email_fingerprint is not distinct from old.email_fingerprint) then
    return new;
  end if;
  raise exception 'a submission is never changed or removed' using errcode = '42501';
end
$$;
comment on function forms.keep_submission is
  'Lets a submission be erased, and sealed again with another key (its authenticated encryption shows any other change); nothing else.';
create trigger immutable before update or delete on forms.submissions
  for each row execute function forms.keep_submission();
