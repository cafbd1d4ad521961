-- Links that open a form with some answers filled in by a department's own system.

create table forms.prefills (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  -- The caller's own identifier, by which a call that is sent again is recognised.
  reference text,
  token_hash bytea not null,
  sealed bytea not null,
  email_fingerprint bytea,
  made_by text not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- The application that was begun with it last.
  application_id uuid,
  primary key (organisation_id, id),
  unique (organisation_id, token_hash),
  unique (organisation_id, service_id, reference)
);
comment on table forms.prefills is
  'A link that begins an application with some answers filled in. The answers and the link itself are encrypted (sealed); the link is recognised by its hash. It goes when it expires, and when an application that was begun with it is sent.';
create index prefills_by_expiry on forms.prefills (organisation_id, expires_at);
create index prefills_by_application on forms.prefills (organisation_id, application_id) where application_id is not null;
create index prefills_by_email on forms.prefills (organisation_id, email_fingerprint) where email_fingerprint is not null;
create index prefills_by_service on forms.prefills (organisation_id, service_id, made_at desc);
select platform.own_by_tenant('forms.prefills', 'select, insert, update, delete');
