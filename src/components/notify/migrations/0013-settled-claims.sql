-- How long a claim may be on its way to the courier that made it is said once, for whoever gives claims back.

create function notify.settled_before() returns timestamptz
language sql volatile set search_path = '' as $$
  select clock_timestamp() - interval '3 seconds'
$$;
comment on function notify.settled_before is
  'Claims that were made before this are not on their way any more: the courier that made them has them in hand, or is gone.';

create or replace function notify.find_claims()
returns table (organisation_id uuid, claimed_by uuid)
language sql stable security definer set search_path = '' as $$
  select distinct h.organisation_id, h.claimed_by from notify.hand_overs h
   where h.claimed_by is not null and h.claimed_at < (select notify.settled_before())
$$;
