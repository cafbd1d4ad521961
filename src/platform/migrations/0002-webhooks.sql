-- Webhooks: where they go, what was sent, and how each attempt ended.

create table platform.webhook_endpoints (
  organisation_id uuid not null,
  id uuid not null,
  owner_kind text not null,
  owner_id uuid not null,
  kind text not null check (kind in ('webhook', 'callback')),
  url text not null,
  -- JSON: the signing secrets, the newest first, and the bearer token.
  sealed_credentials bytea not null,
  keep_days integer not null check (keep_days between 1 and 3650),
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  removed_at timestamptz,
  primary key (organisation_id, id)
);
comment on table platform.webhook_endpoints is
  'An address of somebody else''s system that is told what happened. Owner_kind and owner_id name what it belongs to, in the words of the part that made it.';
comment on column platform.webhook_endpoints.kind is
  'webhook: as the Standard Webhooks specification has it. callback: the body as it is, with a bearer token, tried again only after errors of the network and of the server.';
comment on column platform.webhook_endpoints.disabled_at is
  'When it answered that it is gone (410): nothing more is sent until it is switched on again.';
create index webhook_endpoints_by_owner on platform.webhook_endpoints (organisation_id, owner_kind, owner_id)
  where removed_at is null;
select platform.own_by_tenant('platform.webhook_endpoints', 'select, insert, update, delete');

create table platform.webhook_deliveries (
  organisation_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  type text not null,
  subject uuid,
  sealed_body bytea,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  -- Of this round: a replay begins another.
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  next_attempt_at timestamptz default now(),
  ended_at timestamptz,
  primary key (organisation_id, id),
  foreign key (organisation_id, endpoint_id) references platform.webhook_endpoints on delete cascade,
  check ((state = 'waiting') = (next_attempt_at is not null)),
  check ((state = 'waiting') = (ended_at is null))
);
comment on table platform.webhook_deliveries is
  'One thing that an endpoint is told, written in the transaction in which it happened. Deleted keep_days of its endpoint after that.';
comment on column platform.webhook_deliveries.subject is
  'What it is about, so that its body is erased together with that.';
create index webhook_deliveries_by_endpoint on platform.webhook_deliveries (organisation_id, endpoint_id, id desc);
create index webhook_deliveries_by_state on platform.webhook_deliveries (organisation_id, endpoint_id, state, id desc)
  where state <> 'delivered';
create index webhook_deliveries_by_subject on platform.webhook_deliveries (organisation_id, subject)
  where subject is not null and sealed_body is not null;
select platform.own_by_tenant('platform.webhook_deliveries', 'select, insert, update, delete');

create table platform.webhook_attempts (
  organisation_id uuid not null,
  delivery_id uuid not null,
  id uuid not null,
  began_at timestamptz not null,
  milliseconds integer not null,
  outcome text not null check (outcome in ('accepted', 'refused', 'no-answer', 'not-permitted')),
  status integer,
  detail text,
  primary key (organisation_id, delivery_id, id),
  foreign key (organisation_id, delivery_id) references platform.webhook_deliveries on delete cascade
);
comment on table platform.webhook_attempts is
  'How one attempt to deliver a webhook ended. Only the status of the answer is kept: its text may quote what was sent.';
select platform.own_by_tenant('platform.webhook_attempts', 'select, insert, delete');
