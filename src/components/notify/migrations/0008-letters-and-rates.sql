-- Letters: the PDFs that departments bring, and the batches that go to the printer; and what messages cost.

create table notify.letters (
  organisation_id uuid not null,
  message_id uuid not null,
  sealed_pdf bytea,
  pages integer check (pages >= 1),
  fault text,
  batch_id uuid,
  primary key (organisation_id, message_id),
  foreign key (organisation_id, message_id) references notify.messages on delete cascade
);
comment on table notify.letters is
  'A letter: the PDF that a department brought (null where it is made from a template, or was erased), its pages, and the batch in which it goes to the printer.';
create index letters_by_batch on notify.letters (organisation_id, batch_id) where batch_id is not null;
select platform.own_by_tenant('notify.letters', 'select, insert, update');

create table notify.letter_batches (
  organisation_id uuid not null,
  id uuid not null,
  made_at timestamptz not null default now(),
  handed_over_at timestamptz,
  provider text not null,
  primary key (organisation_id, id)
);
comment on table notify.letter_batches is
  'Letters of an organisation that go to a printer together. Which they are is settled before anything is written, so that a try that broke off is the same batch.';
create index letter_batches_open on notify.letter_batches (organisation_id, id) where handed_over_at is null;
select platform.own_by_tenant('notify.letter_batches', 'select, insert, update');

create table notify.rates (
  organisation_id uuid not null,
  id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'letter')),
  -- Of a letter; null for the other channels.
  postage text,
  -- Of the day on which a message is handed over and later.
  from_day date not null,
  -- Millionths of a pound, for a message and for each unit: a fragment of a text message, a sheet of a letter.
  message_micros bigint not null check (message_micros >= 0),
  unit_micros bigint not null check (unit_micros >= 0),
  set_by text not null,
  set_at timestamptz not null default now(),
  primary key (organisation_id, id)
);
comment on table notify.rates is
  'What a message of a channel costs from a day on, as operators set it for the whole government. The newest of a day counts. Rows are only added.';
create index rates_by_day on notify.rates (organisation_id, channel, from_day desc, id desc);
select platform.own_by_tenant('notify.rates', 'select, insert');

alter table notify.messages
  add column units integer check (units >= 0),
  add column cost_micros bigint check (cost_micros >= 0);
comment on column notify.messages.units is 'What it is charged by: fragments of a text message, sheets of a letter, one for an email.';
comment on column notify.messages.cost_micros is 'What it cost in millionths of a pound, settled when a provider took it; null until then.';
