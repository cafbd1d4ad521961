-- Drafts that are edited in steps, which version is live, and previews of a draft by a link.

create table forms.publications (
  organisation_id uuid not null,
  form_id uuid not null,
  number integer not null check (number > 0),
  version integer not null check (version > 0),
  kind text not null check (kind in ('published', 'rolled back')),
  published_by text not null,
  published_at timestamptz not null default now(),
  primary key (organisation_id, form_id, number),
  foreign key (organisation_id, form_id, version) references forms.versions
);
comment on table forms.publications is
  'That a version of a form became the live one: when it was published, or when somebody went back to it. The one with the highest number holds.';
select platform.own_by_tenant('forms.publications', 'select, insert');
create trigger append_only before update or delete or truncate on forms.publications
  for each statement execute function platform.refuse_change();
insert into forms.publications (organisation_id, form_id, number, version, kind, published_by, published_at)
  select organisation_id, form_id, number, number, 'published', 'not recorded', published_at from forms.versions;
comment on table forms.forms is 'The form of a service. What it asks is in its versions and in its draft; forms.publications says which version is live.';

create table forms.drafts (
  organisation_id uuid not null,
  form_id uuid not null,
  step integer not null,
  published_step integer,
  primary key (organisation_id, form_id),
  foreign key (organisation_id, form_id) references forms.forms
);
comment on table forms.drafts is
  'The draft of a form: which of its steps it stands at. Undoing goes to the step before; the steps after it are kept.';
select platform.own_by_tenant('forms.drafts', 'select, insert, update');

create table forms.draft_steps (
  organisation_id uuid not null,
  form_id uuid not null,
  number integer not null check (number > 0),
  -- The step that this one changed; null for the first.
  parent integer,
  what text not null,
  -- The whole definition after the change, as text: its order is what a department gets back.
  definition json not null,
  made_by text not null,
  made_at timestamptz not null default now(),
  primary key (organisation_id, form_id, number),
  foreign key (organisation_id, form_id) references forms.forms
);
comment on table forms.draft_steps is
  'One change of a draft: what was done, by whom, and the definition after it. Never changed; the oldest of very many are removed.';
create index draft_steps_by_parent on forms.draft_steps (organisation_id, form_id, parent, number);
select platform.own_by_tenant('forms.draft_steps', 'select, insert, delete');

create table forms.previews (
  organisation_id uuid not null,
  id uuid not null,
  form_id uuid not null,
  token_hash bytea not null,
  made_by text not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  withdrawn_at timestamptz,
  primary key (organisation_id, id),
  foreign key (organisation_id, form_id) references forms.forms
);
comment on table forms.previews is
  'A link by which anybody who has it can try the draft of a form, until it expires or is withdrawn. The secret part of the link is kept as a hash.';
create index previews_by_form on forms.previews (organisation_id, form_id, id desc);
select platform.own_by_tenant('forms.previews', 'select, insert, update');

-- A preview is filled in as an application on a frozen copy of the draft. Such copies have numbers below zero.
alter table forms.versions drop constraint versions_number_check;
alter table forms.versions add constraint versions_number_check check (number <> 0);
alter table forms.versions add column step integer;
create unique index versions_by_step on forms.versions (organisation_id, form_id, step) where number < 0;
comment on column forms.versions.number is 'From 1, as people count versions; below zero a frozen copy of a draft, for previews, which is never live.';
comment on column forms.versions.step is 'The step of the draft that it was made from, if it was.';
grant delete on forms.versions to commonhold_application;

create function forms.keep_version() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.number < 0 then
    return old;
  end if;
  raise exception 'a published version of a form is never changed or removed' using errcode = '42501';
end
$$;
comment on function forms.keep_version is 'Lets a copy of a draft be removed that was made for previews; nothing else.';
drop trigger append_only on forms.versions;
create trigger append_only before truncate on forms.versions for each statement execute function platform.refuse_change();
create trigger immutable before update or delete on forms.versions for each row execute function forms.keep_version();

alter table forms.applications add column preview_id uuid;
comment on column forms.applications.preview_id is 'Of an application that only tries a draft: the preview by whose link it was begun.';
create index applications_by_preview on forms.applications (organisation_id, preview_id) where preview_id is not null;
