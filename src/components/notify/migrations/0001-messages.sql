-- Templates of services, and the messages that are made from them.

grant usage on schema notify to commonhold_application, commonhold_reader;

create table notify.templates (
  organisation_id uuid not null,
  service_id uuid not null,
  -- The name without case, spaces, hyphens and underscores, so that one name is not two templates.
  name_key text collate "C" not null check (name_key <> ''),
  version integer not null check (version >= 1),
  name text not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null default now(),
  primary key (organisation_id, service_id, name_key, version)
);
comment on table notify.templates is
  'One version of a template of a service. Published means frozen: a version is never changed, a new one is a new row, and the highest is used for new messages. A service without a template of a name uses the one that is built in.';
select platform.own_by_tenant('notify.templates', 'select, insert');

create table notify.messages (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid,
  channel text not null default 'email' check (channel in ('email')),
  template text not null,
  template_version integer,
  sealed_recipient bytea,
  sealed_content bytea,
  recipient_fingerprint bytea,
  reference text,
  -- The reference without hyphens and spaces, so that it is found however it is typed.
  reference_key text collate "C",
  confidential boolean not null default false,
  status text not null default 'created'
    check (status in ('created', 'sending', 'delivered', 'technical-failure', 'kept', 'dropped')),
  attempts integer not null default 0,
  failure text,
  internet_message_id text,
  created_at timestamptz not null default now(),
  tried_at timestamptz,
  handed_over_at timestamptz,
  failed_at timestamptz,
  erased_at timestamptz,
  primary key (organisation_id, id),
  check ((status = 'delivered') = (handed_over_at is not null)),
  check ((status = 'technical-failure') = (failed_at is not null)),
  check ((reference is null) = (reference_key is null)),
  check ((erased_at is null) = (sealed_content is not null)),
  check (erased_at is null or (sealed_recipient is null and recipient_fingerprint is null)),
  check (status <> 'dropped' or confidential)
);
comment on table notify.messages is
  'One message to one person, from the moment it is committed to be sent until the mail server has it. Recipient and text are sealed; they are erased after the service''s retention period, and the row stays, to be counted. Messages of no service are the platform''s own.';
comment on column notify.messages.status is
  'created: waits to be sent. sending: was tried at least once. delivered: the mail server has it. technical-failure: given up, failure says why. kept: no mail server is set, so its text stays here. dropped: confidential, and no mail server is set.';
comment on column notify.messages.confidential is
  'The text is a secret, such as a sign-in code: it is in no list and on no page, and is erased as soon as it was handed over.';
comment on column notify.messages.internet_message_id is
  'The Message-ID header, fixed by the first try: if a message is sent again because the program died before it recorded that the mail server has it, the second copy can be recognised by it.';
comment on column notify.messages.failure is 'What went wrong last, in our words: the server''s own may quote an address.';
create index messages_by_service on notify.messages (organisation_id, service_id, id desc) where not confidential;
create index messages_failed on notify.messages (organisation_id, service_id, id desc) where failed_at is not null and not confidential;
create index messages_by_reference on notify.messages (organisation_id, service_id, reference_key, id desc) where reference_key is not null;
create index messages_by_recipient on notify.messages (organisation_id, recipient_fingerprint, id) where recipient_fingerprint is not null;
create index messages_without_reference on notify.messages (organisation_id, service_id, created_at) where reference_key is null and erased_at is null;
select platform.own_by_tenant('notify.messages', 'select, insert, update');
