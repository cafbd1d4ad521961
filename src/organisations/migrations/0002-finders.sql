-- The only functions that see across organisations: each finds a tenant by a key, a session or a public address, where no
-- organisation is known yet, and returns no more than that needs. They run as the owner of the tables.

create or replace function platform.mandate_permits(mandate uuid, organisation uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from organisations.mandates m
     where m.id = mandate and m.organisation_id = organisation
       and m.withdrawn_at is null and m.from_at <= clock_timestamp() and clock_timestamp() < m.until_at)
$$;
comment on function platform.mandate_permits is
  'Whether a mandate is in force for an organisation at this moment. platform.tenant() asks it in every query under a mandate.';

create function organisations.find_service(wanted_slug text)
returns table (organisation_id uuid, id uuid, slug text, name text, summary text, phase text, audience text, opens_on date,
  closes_on date, contact text, retention_days integer, organisation_name text)
language sql stable security definer set search_path = '' as $$
  select s.organisation_id, s.id, s.slug, s.name, s.summary, s.phase, s.audience, s.opens_on, s.closes_on, s.contact,
         s.retention_days, o.name
    from organisations.services s join organisations.organisations o using (organisation_id)
   where s.slug = wanted_slug
$$;
comment on function organisations.find_service is 'A service by its public address. Everything that it returns is on the service''s start page.';

create function organisations.find_person(wanted_email text)
returns table (organisation_id uuid, id uuid, name text)
language sql stable security definer set search_path = '' as $$
  select p.organisation_id, p.id, p.name from organisations.people p where p.email = lower(wanted_email) and p.left_at is null
$$;
comment on function organisations.find_person is 'The member of staff with an e-mail address, to send a sign-in code to.';

create function organisations.find_sign_in(wanted_attempt bytea)
returns table (organisation_id uuid, id uuid)
language sql stable security definer set search_path = '' as $$
  select s.organisation_id, s.id from organisations.sign_ins s where s.attempt_hash = wanted_attempt
$$;
comment on function organisations.find_sign_in is 'The attempt to sign in that a browser or a link holds the token of.';

create function organisations.find_session(wanted_token bytea, wanted_organisation uuid, wanted_service uuid)
returns table (session_id uuid, person_id uuid, name text, organisation_id uuid, root boolean, roles jsonb, mandates jsonb,
  covered boolean, service_exists boolean)
language sql stable security definer set search_path = '' as $$
  select s.id, p.id, p.name, p.organisation_id, o.parent_id is null,
         coalesce((select jsonb_agg(jsonb_build_object('role', r.role, 'serviceId', r.service_id))
                     from organisations.roles r
                    where r.organisation_id = p.organisation_id and r.person_id = p.id and r.ended_at is null), '[]'),
         coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'organisationId', m.organisation_id, 'serviceId', m.service_id,
                            'roles', m.roles, 'purpose', m.purpose) order by m.from_at)
                     from organisations.mandates m
                    where m.acting_organisation_id = p.organisation_id and m.withdrawn_at is null
                      and m.from_at <= clock_timestamp() and clock_timestamp() < m.until_at), '[]'),
         exists (with recursive above as (
                   select a.organisation_id, a.parent_id from organisations.organisations a where a.organisation_id = wanted_organisation
                   union all
                   select b.organisation_id, b.parent_id from organisations.organisations b join above on b.organisation_id = above.parent_id)
                 select from above where above.organisation_id = p.organisation_id),
         exists (select from organisations.services v where v.organisation_id = wanted_organisation and v.id = wanted_service)
    from organisations.sessions s
    join organisations.people p on p.organisation_id = s.organisation_id and p.id = s.person_id
    join organisations.organisations o on o.organisation_id = p.organisation_id
   where s.token_hash = wanted_token and s.ended_at is null and s.expires_at > clock_timestamp() and p.left_at is null
$$;
comment on function organisations.find_session is
  'The person of a session, their roles, the mandates in force of their organisation, whether that organisation stands above (or is) the wanted one, and whether the wanted service is the wanted organisation''s.';

create function organisations.find_api_keys(wanted_service uuid)
returns table (organisation_id uuid, id uuid, name text, kind text, sealed_secret bytea, revoked boolean, service_name text)
language sql stable security definer set search_path = '' as $$
  select s.organisation_id, k.id, k.name, k.kind, k.sealed_secret, k.revoked_at is not null, s.name
    from organisations.services s
    left join organisations.api_keys k on k.organisation_id = s.organisation_id and k.service_id = s.id
   where s.id = wanted_service
$$;
comment on function organisations.find_api_keys is
  'The keys of a service, sealed, for checking the signature of a call. One row without a key where the service has none.';

revoke execute on function organisations.find_service, organisations.find_person, organisations.find_sign_in,
  organisations.find_session, organisations.find_api_keys, platform.mandate_permits from public;
grant execute on function organisations.find_service, organisations.find_person, organisations.find_sign_in,
  organisations.find_session, organisations.find_api_keys, platform.mandate_permits to commonhold_application;
-- The reader evaluates platform.tenant() as well, in the policy that stands beside its own.
grant execute on function platform.mandate_permits to commonhold_reader;

create function organisations.list_demonstration_people()
returns table (organisation_id uuid, id uuid, name text, organisation_name text, roles text[], service_names text[])
language sql stable security definer set search_path = '' as $$
  select p.organisation_id, p.id, p.name, o.name,
         array_agg(r.role order by r.given_at, r.id), array_agg(distinct s.name) filter (where s.name is not null)
    from organisations.people p
    join organisations.organisations o using (organisation_id)
    join organisations.roles r on r.organisation_id = p.organisation_id and r.person_id = p.id and r.ended_at is null
    left join organisations.services s on s.organisation_id = r.organisation_id and s.id = r.service_id
   where exists (select from platform.marks where marks.name = 'demonstration') and p.left_at is null
   group by p.organisation_id, p.id, p.name, o.name, o.parent_id, p.created_at
   order by o.parent_id nulls first, o.name, p.created_at, p.id
$$;
comment on function organisations.list_demonstration_people is
  'The people whom anybody may sign in as: none, unless the loader of the demonstration left its mark in this database.';
revoke execute on function organisations.list_demonstration_people from public;
grant execute on function organisations.list_demonstration_people to commonhold_application;
