-- Requests that come together are checked together: one question for the keys of all their services.
create function organisations.find_keys_of_services(wanted_services uuid[])
returns table (service_id uuid, organisation_id uuid, id uuid, name text, kind text, sealed_secret bytea, revoked boolean,
  service_name text)
language sql stable security definer set search_path = '' as $$
  select s.id, s.organisation_id, k.id, k.name, k.kind, k.sealed_secret, k.revoked_at is not null, s.name
    from organisations.services s
    left join organisations.api_keys k on k.organisation_id = s.organisation_id and k.service_id = s.id
   where s.id = any (wanted_services)
$$;
comment on function organisations.find_keys_of_services is
  'The keys of services, sealed, for checking the signatures of calls. One row without a key for a service that has none.';
revoke execute on function organisations.find_keys_of_services from public;
grant execute on function organisations.find_keys_of_services to commonhold_application;

create index services_by_id on organisations.services (id);

drop function organisations.find_api_keys;
