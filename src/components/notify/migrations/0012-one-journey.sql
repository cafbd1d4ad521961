-- What arrives together is judged and kept by one statement, so that it is one journey to the database and one commit.

-- A message and its hand-over are written together. A foreign key would look for the message that was just written, with a
-- query as long as the insert, and lock it. What the key did when a message is removed, a trigger does.
alter table notify.hand_overs drop constraint hand_overs_organisation_id_message_id_fkey;

create function notify.remove_hand_over() returns trigger
language plpgsql as $$
begin
  delete from notify.hand_overs h where h.organisation_id = old.organisation_id and h.message_id = old.id;
  return old;
end
$$;
comment on function notify.remove_hand_over is 'The hand-over of a message goes with it.';
create trigger remove_hand_over after delete on notify.messages
  for each row execute function notify.remove_hand_over();

create function notify.keep_messages(
  of_organisation uuid, left_out uuid[], of_priority smallint, of_most_tries integer,
  ids uuid[], service_ids uuid[], channels text[], templates text[], template_ids uuid[], template_versions integer[],
  sealed bytea[], fingerprints bytea[], client_references text[], key_kinds text[], key_ids uuid[], all_fragments integer[],
  senders text[], postages text[], statuses text[], times timestamptz[], idempotency_keys text[],
  request_signatures text[], batch_ids uuid[], batch_rows integer[])
returns setof uuid
language plpgsql as $$
begin
  return query
    with kept as (
      insert into notify.messages (organisation_id, id, service_id, channel, template, template_id, template_version,
        sealed_content, recipient_fingerprint, client_reference, client_reference_hash, key_kind, key_id, fragments, sender,
        postage, status, scheduled_for, idempotency_key, request_signature, batch_id, batch_row)
      select of_organisation, m.id, m.service_id, m.channel, m.template, m.template_id, m.template_version,
             m.sealed, m.fingerprint, m.client_reference, sha256(convert_to(m.client_reference, 'UTF8')), m.key_kind, m.key_id,
             m.fragments, m.sender, m.postage, m.status, m.scheduled_for, m.idempotency_key, m.request_signature, m.batch_id,
             m.batch_row
        from unnest(ids, service_ids, channels, templates, template_ids, template_versions, sealed, fingerprints,
               client_references, key_kinds, key_ids, all_fragments, senders, postages, statuses, times, idempotency_keys,
               request_signatures, batch_ids, batch_rows)
          as m (id, service_id, channel, template, template_id, template_version, sealed, fingerprint, client_reference,
               key_kind, key_id, fragments, sender, postage, status, scheduled_for, idempotency_key, request_signature,
               batch_id, batch_row)
       where m.id is not null and m.id <> all (left_out)
      on conflict (organisation_id, service_id, idempotency_key) where idempotency_key is not null do nothing
      returning messages.id, messages.channel, messages.status, messages.scheduled_for),
    queued as (
      insert into notify.hand_overs (organisation_id, message_id, channel, priority, most_tries, try_at)
      select of_organisation, k.id, k.channel, of_priority, of_most_tries, coalesce(k.scheduled_for, now())
        from kept k where k.status = 'created')
    select k.id from kept k;
end
$$;
comment on function notify.keep_messages is
  'Keeps messages, each in the same place of every list, and has them handed over; all but those without an id, those that are left out, and those whose Idempotency-Key is taken. Gives the ids of those that are kept.';
-- The rows go in as they come, whatever the values are.
alter function notify.keep_messages set plan_cache_mode = force_generic_plan;

create function notify.count_day(
  of_organisation uuid, of_service uuid, of_channel text, wanted integer, most_of_day integer)
returns integer
language plpgsql as $$
declare
  may_pass integer;
begin
  insert into notify.days_of_sending as d (organisation_id, service_id, channel, used, most, passed)
  values (of_organisation, of_service, of_channel, least(wanted, most_of_day), most_of_day, least(wanted, most_of_day))
  on conflict (organisation_id, service_id, channel) do update
    set (used, passed, most, began_at) = (
      select so_far.used + least(wanted, greatest(most_of_day - so_far.used, 0)),
             least(wanted, greatest(most_of_day - so_far.used, 0)), most_of_day, so_far.began_at
        from (select case when d.began_at > clock_timestamp() - interval '24 hours' then d.used else 0 end as used,
                     case when d.began_at > clock_timestamp() - interval '24 hours' then d.began_at else clock_timestamp() end
                       as began_at) so_far)
  returning d.passed into may_pass;
  return may_pass;
end
$$;
comment on function notify.count_day is
  'Counts up to so many messages against the day of a service and channel: the 24 hours from the first of them. Says how many of them may be sent.';
alter function notify.count_day set plan_cache_mode = force_generic_plan;

-- Nearly always everything that arrives together passes. So it is counted by service first, in a few rows, and looked at one by
-- one only where something does not pass.
create function notify.accept_messages(
  of_organisation uuid, of_priority smallint, of_most_tries integer,
  -- How many requests there are for each bucket and each day, and the keys that they were made with.
  bucket_services uuid[], bucket_kinds text[], bucket_revisions bigint[], capacities float8[], rates float8[], requests integer[],
  day_services uuid[], day_channels text[], day_revisions bigint[], most_of_days integer[], messages integer[],
  keys uuid[],
  -- Requests, each in the same place of every list.
  service_ids uuid[], revisions bigint[], key_ids uuid[], key_kinds text[], channels text[], faulty boolean[],
  -- Their messages, as notify.keep_messages takes them; a request without an id only counts.
  ids uuid[], templates text[], template_ids uuid[], template_versions integer[], sealed bytea[], fingerprints bytea[],
  client_references text[], all_fragments integer[], senders text[], postages text[], statuses text[], times timestamptz[],
  idempotency_keys text[], request_signatures text[])
returns table (place integer, outcome text)
language plpgsql as $$
declare
  all_pass boolean;
  refused integer[];
  outcomes text[];
  left_out uuid[] := '{}';
  kept uuid[];
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  with rated as (
    -- A bucket for each service and kind of key, which fills with time.
    insert into notify.request_rates as r (organisation_id, service_id, key_kind, capacity, per_second, passed, tokens)
    select of_organisation, b.service_id, b.key_kind, b.capacity, b.rate, least(b.wanted, floor(b.capacity))::int,
           b.capacity - least(b.wanted, floor(b.capacity))
      from unnest(bucket_services, bucket_kinds, bucket_revisions, capacities, rates, requests)
             as b (service_id, key_kind, revision, capacity, rate, wanted)
     where b.revision = coalesce((select v.revision from notify.revisions v
             where v.organisation_id = of_organisation and v.service_id = b.service_id), 0)
     order by b.service_id, b.key_kind
    on conflict (organisation_id, service_id, key_kind) do update
      set (tokens, passed, counted_at, capacity, per_second) = (
        select now_in.tokens - least(excluded.passed, floor(now_in.tokens)), least(excluded.passed, floor(now_in.tokens))::int,
               now_in.at, excluded.capacity, excluded.per_second
          from (select t.at, least(excluded.capacity, r.tokens + excluded.per_second
                         * extract(epoch from greatest(t.at - r.counted_at, interval '0'))::float8) as tokens
                  from (select clock_timestamp() as at) t) now_in)
    returning r.passed),
  -- The 24 hours from the first message of each service and channel.
  counted as (
    insert into notify.days_of_sending as d (organisation_id, service_id, channel, used, most, passed)
    select of_organisation, m.service_id, m.channel, least(m.wanted, m.most), m.most, least(m.wanted, m.most)
      from unnest(day_services, day_channels, day_revisions, most_of_days, messages)
             as m (service_id, channel, revision, most, wanted)
     where m.revision = coalesce((select v.revision from notify.revisions v
             where v.organisation_id = of_organisation and v.service_id = m.service_id), 0)
     order by m.service_id, m.channel
    on conflict (organisation_id, service_id, channel) do update
      set (used, passed, most, began_at) = (
        select so_far.used + least(excluded.used, greatest(excluded.most - so_far.used, 0)),
               least(excluded.used, greatest(excluded.most - so_far.used, 0)), excluded.most, so_far.began_at
          from (select case when d.began_at > clock_timestamp() - interval '24 hours' then d.used else 0 end as used,
                       case when d.began_at > clock_timestamp() - interval '24 hours' then d.began_at else clock_timestamp() end
                         as began_at) so_far)
    returning d.passed)
  select coalesce((select sum(r.passed) from rated r), 0) = (select sum(n) from unnest(requests) n)
         and coalesce((select sum(c.passed) from counted c), 0) = coalesce((select sum(n) from unnest(messages) n), 0)
         and (select count(*) from organisations.api_keys k
               where k.organisation_id = of_organisation and k.id = any (keys) and k.revoked_at is null) = cardinality(keys)
    into all_pass;
  if not all_pass then
    -- The days are counted again, without what is refused for another reason.
    update notify.days_of_sending d set used = d.used - d.passed
      from unnest(day_services, day_channels, day_revisions) as m (service_id, channel, revision)
     where d.organisation_id = of_organisation and d.service_id = m.service_id and d.channel = m.channel
       and m.revision = coalesce((select v.revision from notify.revisions v
             where v.organisation_id = of_organisation and v.service_id = m.service_id), 0);
    with asked as materialized (
      select a.*, a.revision = coalesce(v.revision, 0) as is_current, k.id is not null as in_force
        from unnest(service_ids, revisions, key_ids, key_kinds, channels, faulty)
          with ordinality as a (service_id, revision, key_id, key_kind, channel, is_faulty, n)
        left join notify.revisions v on v.organisation_id = of_organisation and v.service_id = a.service_id
        left join organisations.api_keys k
          on k.organisation_id = of_organisation and k.id = a.key_id and k.revoked_at is null),
    ranked as (
      select a.*, r.passed,
             row_number() over (partition by a.service_id, a.key_kind, a.is_current order by a.n) as rank
        from asked a left join notify.request_rates r
          on r.organisation_id = of_organisation and r.service_id = a.service_id and r.key_kind = a.key_kind),
    judged as (
      select r.*, case when not r.in_force then 'revoked' when not r.is_current then 'stale'
                       when r.rank > r.passed then 'too fast' end as refusal
        from ranked r),
    counting as materialized (
      select j.*, j.refusal is null and not j.is_faulty and j.key_kind <> 'test' as counts from judged j),
    counted as materialized (
      select g.service_id, g.channel, notify.count_day(of_organisation, g.service_id, g.channel, g.wanted, g.most) as passed
        from (select c.service_id, c.channel, count(*)::int as wanted, min(m.most) as most
                from counting c
                join unnest(day_services, day_channels, day_revisions, most_of_days) as m (service_id, channel, revision, most)
                  on m.service_id = c.service_id and m.channel = c.channel and m.revision = c.revision
               where c.counts group by c.service_id, c.channel order by c.service_id, c.channel) g),
    answered as (
      select c.n, coalesce(c.refusal, case when c.counts and d.passed < row_number() over (
               partition by c.service_id, c.channel, c.counts order by c.n) then 'too many' end) as refusal
        from counting c left join counted d on d.service_id = c.service_id and d.channel = c.channel)
    select array_agg(a.n::int), array_agg(a.refusal) into refused, outcomes from answered a where a.refusal is not null;
  end if;
  if refused is not null then
    return query select * from unnest(refused, outcomes);
    left_out := array(select ids[n] from unnest(refused) n where ids[n] is not null);
  end if;
  kept := array(select notify.keep_messages(of_organisation, left_out, of_priority, of_most_tries,
    ids, service_ids, channels, templates, template_ids, template_versions, sealed, fingerprints, client_references, key_kinds,
    key_ids, all_fragments, senders, postages, statuses, times, idempotency_keys, request_signatures, null, null));
  if cardinality(kept) + cardinality(left_out) < cardinality(array_remove(ids, null)) then
    return query select i.n::int, 'repeated' from unnest(ids) with ordinality i (id, n)
      where i.id is not null and i.id <> all (left_out) and i.id <> all (kept);
  end if;
end
$$;
comment on function notify.accept_messages is
  'Counts requests against the rates and the days of their services, and keeps the messages of those that pass. Gives the requests that do not, with the reason: revoked, stale (the service was changed since), too fast, too many, or repeated (the Idempotency-Key is taken).';
alter function notify.accept_messages set plan_cache_mode = force_generic_plan;
