-- Transactions of every service: what the measures are counted from.

grant usage on schema measures to commonhold_application, commonhold_reader;

create table measures.transactions (
  organisation_id uuid not null,
  service_id uuid not null,
  transaction_id text collate "C" not null check (length(transaction_id) between 1 and 200),
  event text not null check (event in ('started', 'completed', 'failed')),
  channel text not null check (channel in ('digital', 'assisted digital', 'phone', 'paper', 'face to face')),
  at timestamptz not null default now(),
  primary key (organisation_id, service_id, transaction_id, event)
);
comment on table measures.transactions is
  'One thing that happened to one transaction of a service: it was started, completed or failed. The key makes recording it again harmless. Rows are only added, so that transactions of one service never wait for each other; counts are made from them. transaction_id is the sender''s own and names nobody.';
create index transactions_by_day on measures.transactions (organisation_id, service_id, at) include (event);
select platform.own_by_tenant('measures.transactions', 'select, insert');
