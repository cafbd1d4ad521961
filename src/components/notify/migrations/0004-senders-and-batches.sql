-- What a service sends with (reply-to addresses, senders, what it may), messages that wait for their time, and many at once.

alter table notify.messages
  add column scheduled_for timestamptz,
  add column batch_id uuid,
  add column batch_row integer,
  add column sender text,
  add column postage text check (postage in ('first', 'second', 'economy', 'europe', 'rest-of-world')),
  drop constraint messages_check,
  drop constraint messages_failure_check,
  drop constraint messages_status_check,
  add constraint messages_status_check check (status in ('created', 'sending', 'pending', 'sent', 'delivered', 'cancelled',
    'permanent-failure', 'temporary-failure', 'technical-failure', 'pending-virus-check', 'virus-scan-failed',
    'validation-failed', 'returned-letter', 'kept', 'dropped')),
  add constraint messages_failure_check check ((status in ('permanent-failure', 'temporary-failure', 'technical-failure',
    'virus-scan-failed', 'validation-failed')) = (failed_at is not null)),
  add constraint messages_handed_over_check
    check (status not in ('pending', 'sent', 'delivered', 'returned-letter') or handed_over_at is not null),
  add constraint messages_batch_check check ((batch_id is null) = (batch_row is null));
comment on column notify.messages.status is
  'created: waits to be sent. sending: was tried at least once. pending, sent: its provider has it, and has not said more. delivered: it arrived as far as its provider knows, or it was sent with a test key. cancelled: called back before its time. permanent-failure: there is no such recipient. temporary-failure: the recipient could not be reached. technical-failure: given up, failure says why. pending-virus-check, virus-scan-failed, validation-failed: a letter that came as a PDF. returned-letter: came back. kept: no provider is set, so its text stays here. dropped: confidential, and no mail server is set.';
comment on column notify.messages.scheduled_for is 'When it is to be sent; null for at once.';
comment on column notify.messages.batch_id is 'The batch that it was sent in, and the row of it, from 1: null where it was sent by itself.';
comment on column notify.messages.sender is
  'Whom it is from, where the service chose: the reply-to address of an email, the sender of a text message, the contact block of a letter.';
drop index notify.messages_by_key_kind;
create index messages_by_key_kind on notify.messages (organisation_id, service_id, key_kind, id desc) where key_kind is not null and batch_id is null;
create index messages_by_batch on notify.messages (organisation_id, batch_id, id desc) where batch_id is not null;

alter table notify.service_settings
  add column may_send_letters boolean not null default true,
  add column may_text_abroad boolean not null default false,
  add column kept_days integer check (kept_days between 1 and 3650),
  add column files_contact text;
comment on column notify.service_settings.kept_days is
  'For how many days recipients and texts are kept; null for as long as the service keeps what citizens sent.';
comment on column notify.service_settings.files_contact is
  'Whom people ask about a file that they were sent: an address of the web or of e-mail, or a phone number. Files are sent only once it is set.';

create table notify.senders (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'letter')),
  value text not null,
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (organisation_id, id)
);
comment on table notify.senders is
  'Whom messages of a service are from: an address that replies to emails go to, the sender of text messages, the contact block of letters. One of each channel is used where a message names none.';
create unique index senders_default on notify.senders (organisation_id, service_id, channel) where is_default and archived_at is null;
create index senders_by_service on notify.senders (organisation_id, service_id, channel, id) where archived_at is null;
select platform.own_by_tenant('notify.senders', 'select, insert, update');

create table notify.batches (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  name text not null,
  channel text not null check (channel in ('email', 'sms', 'letter')),
  template text not null,
  template_id uuid not null,
  template_version integer not null,
  sender text,
  key_kind text not null check (key_kind in ('live', 'team', 'test')),
  key_id uuid,
  created_by text not null,
  state text not null default 'receiving' check (state in ('receiving', 'checked', 'sending', 'sent', 'cancelled', 'refused')),
  row_count integer not null default 0,
  wrong_count integer not null default 0,
  accepted_count integer not null default 0,
  columns text[] not null default '{}',
  failure text,
  scheduled_for timestamptz,
  idempotency_key text,
  request_signature text,
  created_at timestamptz not null default now(),
  received_at timestamptz,
  finished_at timestamptz,
  primary key (organisation_id, id),
  check ((idempotency_key is null) = (request_signature is null))
);
comment on table notify.batches is
  'Many messages of one template that were handed over in one call or one uploaded file. key_id is null where a person uploaded it.';
comment on column notify.batches.state is
  'receiving: its rows are being read, and are forgotten if that ends early. checked: read, and waits for a person to say that it is to be sent. sending: its rows are being made into messages. sent: every right row is a message. cancelled: called back. refused: failure says why nothing of it is sent.';
comment on column notify.batches.accepted_count is 'How many rows are messages by now.';
create index batches_by_service on notify.batches (organisation_id, service_id, id desc);
create unique index batches_once on notify.batches (organisation_id, service_id, idempotency_key) where idempotency_key is not null;
select platform.own_by_tenant('notify.batches');

create table notify.batch_chunks (
  organisation_id uuid not null,
  batch_id uuid not null,
  first_row integer not null,
  row_count integer not null,
  sealed_rows bytea not null,
  primary key (organisation_id, batch_id, first_row),
  foreign key (organisation_id, batch_id) references notify.batches on delete cascade
);
comment on table notify.batch_chunks is
  'Rows of a batch that are not messages yet, some hundreds together and sealed. A chunk goes in the transaction that makes its messages, so that a row is sent once.';
select platform.own_by_tenant('notify.batch_chunks', 'select, insert, delete');

create table notify.batch_faults (
  organisation_id uuid not null,
  batch_id uuid not null,
  row_number integer not null,
  faults text[] not null,
  primary key (organisation_id, batch_id, row_number),
  foreign key (organisation_id, batch_id) references notify.batches on delete cascade
);
comment on table notify.batch_faults is
  'What is wrong with a row of a batch, which is therefore not sent. It names columns and never quotes what stands in them. Rows are numbered from 1, after the line of names.';
select platform.own_by_tenant('notify.batch_faults', 'select, insert, delete');

create table notify.daily_counts (
  organisation_id uuid not null,
  service_id uuid not null,
  day date not null,
  channel text not null,
  template_id uuid not null,
  template text not null,
  status text not null,
  count integer not null,
  fragments integer not null default 0,
  counted_at timestamptz not null default now(),
  primary key (organisation_id, service_id, day, channel, template_id, status)
);
comment on table notify.daily_counts is
  'How many messages of a service were written on a day, by template and by status as it was at counted_at. What test keys sent is left out. Days are those of the government''s time zone.';
select platform.own_by_tenant('notify.daily_counts');

-- A process keeps what messages are made with in memory. Each change of it counts up, and a message that was made with an
-- older count is not accepted, but made again.
create table notify.revisions (
  organisation_id uuid not null,
  service_id uuid not null,
  revision bigint not null default 1,
  primary key (organisation_id, service_id)
);
comment on table notify.revisions is
  'How often the templates, senders or settings of a service were changed: by it a process knows that what it remembers of them is out of date.';
select platform.own_by_tenant('notify.revisions', 'select, insert, update');

create function notify.count_change() returns trigger language plpgsql as $$
begin
  insert into notify.revisions as r (organisation_id, service_id) values (new.organisation_id, new.service_id)
    on conflict (organisation_id, service_id) do update set revision = r.revision + 1;
  return new;
end
$$;
comment on function notify.count_change is 'Counts a change of what the messages of a service are made with.';
create trigger count_change after insert or update on notify.templates for each row execute function notify.count_change();
create trigger count_change after insert or update on notify.senders for each row execute function notify.count_change();
create trigger count_change after insert or update on notify.service_settings for each row execute function notify.count_change();

-- Requests are counted many at once, so a count says how many of them it let pass. What was counted so far may be forgotten.
delete from notify.request_rates;
alter table notify.request_rates
  add column capacity double precision not null,
  add column per_second double precision not null,
  add column passed integer not null;
comment on column notify.request_rates.passed is 'How many of the requests that were counted last it let pass.';
alter table notify.days_of_sending
  add column most integer not null default 0,
  add column passed integer not null default 0;
alter table notify.days_of_sending alter column most drop default, alter column passed drop default;
comment on column notify.days_of_sending.most is 'How many a day the service might send when they were counted last.';
comment on column notify.days_of_sending.passed is 'How many of the messages that were counted last it let pass.';

alter table notify.template_versions
  add column postage text check (postage in ('first', 'second', 'economy'));
comment on column notify.template_versions.postage is 'How a letter is posted within the country; null where it is no letter.';
