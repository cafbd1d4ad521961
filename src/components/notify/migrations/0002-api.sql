-- What the API of notifications needs: templates with an id and a kind, messages that a key sent, limits, received texts.

-- A template is now a row of its own, and each of its texts is a version of it.
alter table notify.templates rename to template_versions;
alter table notify.template_versions rename constraint templates_pkey to template_versions_pkey;
alter table notify.template_versions rename constraint templates_version_check to template_versions_version_check;
alter table notify.template_versions drop constraint templates_name_key_check;

create table notify.templates (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  type text not null check (type in ('email', 'sms', 'letter')),
  -- The name without case, spaces, hyphens and underscores, so that one name is not two templates.
  name_key text collate "C" not null check (name_key <> ''),
  version integer not null check (version >= 1),
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id)
);
comment on table notify.templates is
  'A template of a service: what its newest version is, and whether it is still used. A service without an e-mail template of a name uses the one that is built in.';
comment on column notify.templates.archived_at is
  'When it was put away: nothing is sent with it since, and its name is free. What was sent with it still says so.';

insert into notify.templates (organisation_id, id, service_id, type, name_key, version, created_at)
select organisation_id, gen_random_uuid(), service_id, 'email', name_key, max(version), min(created_at)
  from notify.template_versions group by organisation_id, service_id, name_key;

alter table notify.template_versions add column template_id uuid;
update notify.template_versions v set template_id = t.id from notify.templates t
 where t.organisation_id = v.organisation_id and t.service_id = v.service_id and t.name_key = v.name_key;
alter table notify.template_versions
  drop constraint template_versions_pkey,
  drop column service_id,
  drop column name_key,
  add column created_by text not null default 'Commonhold',
  alter column template_id set not null,
  add primary key (organisation_id, template_id, version),
  add foreign key (organisation_id, template_id) references notify.templates;
alter table notify.template_versions alter column created_by drop default;
comment on table notify.template_versions is
  'One version of a template. Published means frozen: a version is never changed, a new one is a new row, and the highest is used for new messages. The subject of a text message is empty.';

create unique index templates_by_name on notify.templates (organisation_id, service_id, type, name_key) where archived_at is null;
create index templates_by_service on notify.templates (organisation_id, service_id, name_key);
select platform.own_by_tenant('notify.templates', 'select, insert, update');

alter table notify.messages
  add column template_id uuid,
  add column key_kind text check (key_kind in ('live', 'team', 'test')),
  add column key_id uuid,
  add column client_reference text,
  add column fragments integer,
  add column idempotency_key text,
  add column request_signature text,
  drop constraint messages_channel_check,
  drop constraint messages_status_check,
  drop constraint messages_check1,
  add constraint messages_channel_check check (channel in ('email', 'sms', 'letter')),
  add constraint messages_status_check check (status in ('created', 'sending', 'delivered', 'permanent-failure', 'temporary-failure', 'technical-failure', 'kept', 'dropped')),
  add constraint messages_failure_check check ((status in ('permanent-failure', 'temporary-failure', 'technical-failure')) = (failed_at is not null)),
  add constraint messages_key_check check ((key_kind is null) = (key_id is null)),
  add constraint messages_idempotency_check check ((idempotency_key is null) = (request_signature is null));
comment on column notify.messages.status is
  'created: waits to be sent. sending: was tried at least once. delivered: its provider has it, or it was sent with a test key. permanent-failure: there is no such recipient. temporary-failure: the recipient could not be reached. technical-failure: given up, failure says why. kept: no provider is set, so its text stays here. dropped: confidential, and no mail server is set.';
comment on column notify.messages.key_kind is 'The kind of the API key that sent it; null where a part of the program did. What a test key sends goes nowhere.';
comment on column notify.messages.client_reference is
  'What the sender''s own system calls it: any text, which need not be unique. It may name a person, so it is erased with the text.';
comment on column notify.messages.fragments is 'How many text messages of the network it takes.';
comment on column notify.messages.idempotency_key is
  'What the sender gave as Idempotency-Key: the same again is answered with this message and not sent a second time. request_signature tells whether it is the same.';
create index messages_by_key_kind on notify.messages (organisation_id, service_id, key_kind, id desc) where key_kind is not null;
create index messages_by_status on notify.messages (organisation_id, service_id, key_kind, status, id desc) where key_kind is not null;
create index messages_by_client_reference on notify.messages (organisation_id, service_id, hashtextextended(client_reference, 0), id desc) where client_reference is not null;
create unique index messages_once on notify.messages (organisation_id, service_id, idempotency_key) where idempotency_key is not null;

create table notify.service_settings (
  organisation_id uuid not null,
  service_id uuid not null,
  trial boolean not null default false,
  requests_per_minute integer not null default 3000 check (requests_per_minute >= 1),
  emails_per_day integer not null default 250000 check (emails_per_day >= 1),
  texts_per_day integer not null default 250000 check (texts_per_day >= 1),
  letters_per_day integer not null default 20000 check (letters_per_day >= 1),
  texts_begin_with_name boolean not null default true,
  texts_from text check (texts_from ~ '^[A-Za-z0-9 &.-]{1,11}$'),
  primary key (organisation_id, service_id)
);
comment on table notify.service_settings is
  'How a service sends. A service without a row has the defaults of the columns. A service on trial sends only to its own people and guests, and 50 a day.';
select platform.own_by_tenant('notify.service_settings', 'select, insert, update');

create table notify.guests (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  recipient_fingerprint bytea not null,
  sealed_recipient bytea not null,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  unique (organisation_id, service_id, recipient_fingerprint)
);
comment on table notify.guests is
  'Somebody who is not on the team of a service and to whom its team keys, and the service itself while it is on trial, may send.';
select platform.own_by_tenant('notify.guests', 'select, insert, delete');

create table notify.request_rates (
  organisation_id uuid not null,
  service_id uuid not null,
  key_kind text not null check (key_kind in ('live', 'team', 'test')),
  tokens double precision not null,
  counted_at timestamptz not null default clock_timestamp(),
  primary key (organisation_id, service_id, key_kind)
);
comment on table notify.request_rates is
  'How many more requests a service may make just now with a kind of key: a bucket that fills with time, as it was at counted_at.';
select platform.own_by_tenant('notify.request_rates', 'select, insert, update');

create table notify.days_of_sending (
  organisation_id uuid not null,
  service_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'letter')),
  began_at timestamptz not null default clock_timestamp(),
  used integer not null,
  primary key (organisation_id, service_id, channel)
);
comment on table notify.days_of_sending is
  'How many messages a service sent in the 24 hours that began with the first of them.';
select platform.own_by_tenant('notify.days_of_sending', 'select, insert, update');

create table notify.received_texts (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  sent_to text not null,
  sealed_sender bytea not null,
  sealed_content bytea not null,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id)
);
comment on table notify.received_texts is
  'A text message that somebody sent to a number of a service. Deleted after the retention period of the service.';
create index received_texts_by_service on notify.received_texts (organisation_id, service_id, id desc);
select platform.own_by_tenant('notify.received_texts', 'select, insert, delete');
