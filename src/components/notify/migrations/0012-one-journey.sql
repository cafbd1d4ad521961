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

create function notify.accept_messages(
  of_organisation uuid, of_priority smallint, of_most_tries integer,
  -- Requests, each in the same place of every list.
  service_ids uuid[], revisions bigint[], key_ids uuid[], key_kinds text[], channels text[], faulty boolean[],
  capacities float8[], rates float8[], most_of_days integer[],
  -- Their messages, as notify.keep_messages takes them; a request without an id only counts.
  ids uuid[], templates text[], template_ids uuid[], template_versions integer[], sealed bytea[], fingerprints bytea[],
  client_references text[], all_fragments integer[], senders text[], postages text[], statuses text[], times timestamptz[],
  idempotency_keys text[], request_signatures text[])
returns table (place integer, outcome text)
language plpgsql as $$
declare
  refused integer[];
  outcomes text[];
  left_out uuid[] := '{}';
  kept uuid[];
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  with asked as materialized (
    select a.*, a.revision = coalesce(v.revision, 0) as is_current, k.id is not null as in_force
      from unnest(service_ids, revisions, key_ids, key_kinds, channels, faulty, capacities, rates, most_of_days)
        with ordinality as a (service_id, revision, key_id, key_kind, channel, is_faulty, capacity, rate, most, n)
      left join notify.revisions v on v.organisation_id = of_organisation and v.service_id = a.service_id
      left join organisations.api_keys k
        on k.organisation_id = of_organisation and k.id = a.key_id and k.revoked_at is null),
  -- A bucket for each service and kind of key, which fills with time.
  rated as (
    insert into notify.request_rates as r (organisation_id, service_id, key_kind, capacity, per_second, passed, tokens)
    select of_organisation, a.service_id, a.key_kind, min(a.capacity), min(a.rate),
           least(count(*), floor(min(a.capacity)))::int, min(a.capacity) - least(count(*), floor(min(a.capacity)))
      from asked a where a.is_current
     group by a.service_id, a.key_kind order by a.service_id, a.key_kind
    on conflict (organisation_id, service_id, key_kind) do update
      set (tokens, passed, counted_at, capacity, per_second) = (
        select now_in.tokens - least(excluded.passed, floor(now_in.tokens)), least(excluded.passed, floor(now_in.tokens))::int,
               now_in.at, excluded.capacity, excluded.per_second
          from (select t.at, least(excluded.capacity, r.tokens + excluded.per_second
                         * extract(epoch from greatest(t.at - r.counted_at, interval '0'))::float8) as tokens
                  from (select clock_timestamp() as at) t) now_in)
    returning r.service_id, r.key_kind, r.passed),
  passing as (
    select a.*, row_number() over (partition by a.service_id, a.key_kind, a.is_current order by a.n) > r.passed as too_fast
      from asked a left join rated r on a.is_current and r.service_id = a.service_id and r.key_kind = a.key_kind),
  judged as (
    select p.*, case when not p.in_force then 'revoked' when not p.is_current then 'stale' when p.too_fast then 'too fast' end as refusal
      from passing p),
  -- What is refused or cannot be met does not count against the day.
  counted as materialized (
    select g.service_id, g.channel, notify.count_day(of_organisation, g.service_id, g.channel, g.wanted, g.most) as passed
      from (select j.service_id, j.channel, count(*)::int as wanted, min(j.most) as most
              from judged j where j.refusal is null and not j.is_faulty and j.key_kind <> 'test'
             group by j.service_id, j.channel order by j.service_id, j.channel) g),
  answered as (
    select j.n, coalesce(j.refusal, case when j.counts and row_number() over (
             partition by j.service_id, j.channel, j.counts order by j.n) > c.passed then 'too many' end) as refusal
      from (select *, j.refusal is null and not j.is_faulty and j.key_kind <> 'test' as counts from judged j) j
      left join counted c on j.counts and c.service_id = j.service_id and c.channel = j.channel)
  select array_agg(a.n::int), array_agg(a.refusal) into refused, outcomes from answered a where a.refusal is not null;
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
