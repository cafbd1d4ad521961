-- Handing over: what waits, the providers that take it, and what became of it.

create table notify.hand_overs (
  organisation_id uuid not null,
  message_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'letter')),
  -- 0: somebody waits for it, such as a sign-in code. 1: one message. 2: one of many.
  priority smallint not null default 1 check (priority between 0 and 2),
  try_at timestamptz not null default now(),
  tries integer not null default 0,
  most_tries integer not null,
  -- Of the Message-ID of an e-mail: the same for every try, whatever the settings say by then.
  domain text,
  claimed_by uuid,
  claimed_at timestamptz,
  given_up_at timestamptz,
  primary key (organisation_id, message_id),
  foreign key (organisation_id, message_id) references notify.messages on delete cascade,
  check ((claimed_by is null) = (claimed_at is null))
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
comment on table notify.hand_overs is
  'A message that waits to be handed to a provider, from the transaction that writes it until a provider has it. Claimed_by is the courier that is handing it over now. One that was given up stays, to be begun anew.';
create index hand_overs_waiting on notify.hand_overs (organisation_id, channel, priority, try_at)
  where claimed_by is null and given_up_at is null;
create index hand_overs_claimed on notify.hand_overs (claimed_by, claimed_at) where claimed_by is not null;
create index hand_overs_given_up on notify.hand_overs (organisation_id, given_up_at) where given_up_at is not null;
select platform.own_by_tenant('notify.hand_overs', 'select, insert, update, delete');

insert into notify.hand_overs (organisation_id, message_id, channel, try_at, most_tries)
select organisation_id, id, channel, coalesce(scheduled_for, now()), 60
  from notify.messages where status in ('created', 'sending') and erased_at is null;

create table notify.message_events (
  organisation_id uuid not null,
  message_id uuid not null,
  id uuid not null,
  at timestamptz not null default now(),
  what text not null,
  provider text,
  detail text,
  primary key (organisation_id, message_id, id),
  foreign key (organisation_id, message_id) references notify.messages on delete cascade
);
comment on table notify.message_events is
  'What happened to a message beyond the columns of its row: a provider that did not take it, a receipt, a bounce, a complaint. In our words: a provider''s may quote an address.';
select platform.own_by_tenant('notify.message_events', 'select, insert, delete');

alter table notify.messages
  add column provider text,
  add column provider_reference text,
  add column delivered_at timestamptz;
update notify.messages set delivered_at = handed_over_at where status = 'delivered';
comment on column notify.messages.provider is 'The name of the provider that has it.';
comment on column notify.messages.provider_reference is 'What the provider calls it: its receipts do.';
comment on column notify.messages.handed_over_at is 'When a provider took it.';
comment on column notify.messages.delivered_at is 'When the provider said that the recipient has it.';
alter table notify.messages
  add constraint messages_delivered_check check ((status = 'delivered') = (delivered_at is not null)),
  add constraint messages_provider_reference_check check (provider_reference is null or provider is not null);
create index messages_by_provider_reference on notify.messages (provider, provider_reference)
  where provider_reference is not null;
create index messages_without_receipt on notify.messages (organisation_id, handed_over_at)
  where status = 'sending' and handed_over_at is not null;

create table notify.providers (
  organisation_id uuid not null,
  id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'letter')),
  kind text not null check (kind in ('smtp', 'smpp', 'http-text', 'folder')),
  name text not null,
  -- The lowest is asked first.
  priority integer not null default 10 check (priority between 1 and 99),
  enabled boolean not null default true,
  from_environment boolean not null default false,
  sealed_settings bytea,
  -- The circuit: failures one after the other; open from opened_at, and tried with one message at probe_at.
  failures integer not null default 0,
  openings integer not null default 0,
  opened_at timestamptz,
  probe_at timestamptz,
  last_failure_at timestamptz,
  last_failure text,
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organisation_id, id),
  check ((opened_at is null) = (probe_at is null)),
  check (from_environment = (sealed_settings is null))
);
comment on table notify.providers is
  'What takes messages to their recipients, of the government as a whole: its settings, and its circuit, on which all processes agree.';
create unique index providers_by_name on notify.providers (organisation_id, name);
select platform.own_by_tenant('notify.providers', 'select, insert, update, delete');

-- The functions of this part that see across organisations: each finds a tenant where none is known yet.

create function notify.find_hand_overs()
returns table (organisation_id uuid, channel text)
language sql stable security definer set search_path = '' as $$
  select o.organisation_id, c.channel
    from organisations.organisations o cross join (values ('email'), ('sms')) c(channel)
   where exists (
     select from unnest('{0,1,2}'::smallint[]) p cross join lateral (
       select from notify.hand_overs h
        where h.organisation_id = o.organisation_id and h.channel = c.channel and h.priority = p
          and h.claimed_by is null and h.given_up_at is null and h.try_at <= clock_timestamp()
        limit 1) due)
$$;
comment on function notify.find_hand_overs is
  'The organisations with messages that are to be handed over now, and on which channel: couriers ask it.';

create function notify.find_claims()
returns table (organisation_id uuid, claimed_by uuid)
language sql stable security definer set search_path = '' as $$
  select distinct h.organisation_id, h.claimed_by from notify.hand_overs h
   where h.claimed_by is not null and h.claimed_at < clock_timestamp() - interval '3 seconds'
$$;
comment on function notify.find_claims is
  'Which couriers hold messages of which organisation for longer than a moment: what a courier that died held is given to others.';

create function notify.find_message_of_provider(wanted_provider text, wanted_reference text)
returns table (organisation_id uuid, id uuid)
language sql stable security definer set search_path = '' as $$
  select m.organisation_id, m.id from notify.messages m
   where m.provider = wanted_provider and m.provider_reference = wanted_reference
   order by m.id desc limit 1
$$;
comment on function notify.find_message_of_provider is 'The message that a provider''s receipt speaks of.';

revoke execute on function notify.find_hand_overs, notify.find_claims, notify.find_message_of_provider from public;
grant execute on function notify.find_hand_overs, notify.find_claims, notify.find_message_of_provider
  to commonhold_application;
