-- Numbers that people can send text messages to.

create table notify.numbers (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  -- Digits with the country's code, no plus.
  number text not null check (number ~ '^[0-9]{3,15}$'),
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (organisation_id, id)
);
comment on table notify.numbers is
  'A number of a service: what is sent to it is kept for that service. Of all organisations one service alone has a number at a time.';
create unique index numbers_by_number on notify.numbers (number) where removed_at is null;
select platform.own_by_tenant('notify.numbers', 'select, insert, update');

create function notify.find_number(wanted_number text)
returns table (organisation_id uuid, service_id uuid)
language sql stable security definer set search_path = '' as $$
  select n.organisation_id, n.service_id from notify.numbers n where n.number = wanted_number and n.removed_at is null
$$;
comment on function notify.find_number is 'The service that a text message is for, by the number that it was sent to.';
revoke execute on function notify.find_number from public;
grant execute on function notify.find_number to commonhold_application;
