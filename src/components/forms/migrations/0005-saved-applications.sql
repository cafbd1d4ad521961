-- Applications that somebody saved in order to come back to them, from any device.

create table forms.saved_applications (
  organisation_id uuid not null,
  application_id uuid not null,
  service_id uuid not null,
  token_hash bytea not null,
  email_fingerprint bytea not null,
  sealed_contact bytea not null,
  memorable_question text not null,
  memorable_fingerprint bytea not null,
  wrong_answers integer not null default 0,
  closed_until timestamptz,
  saved_at timestamptz not null default now(),
  links_sent integer not null default 0,
  link_sent_at timestamptz,
  reminded_at timestamptz,
  primary key (organisation_id, application_id),
  unique (organisation_id, token_hash),
  foreign key (organisation_id, application_id) references forms.applications on delete cascade
);
comment on table forms.saved_applications is
  'An application that can be gone on with through a link that was sent by e-mail, by whoever also knows the memorable answer. The address, the link and the language are encrypted (sealed_contact); the link and the answer are recognised by hashes. After five wrong answers it is closed for an hour. It goes with the application, and when that is sent.';
create index saved_applications_by_email on forms.saved_applications (organisation_id, email_fingerprint, service_id);
select platform.own_by_tenant('forms.saved_applications', 'select, insert, update, delete');
