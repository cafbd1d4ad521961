-- Processes of the version before go on while they are replaced one after another (docs/guides/deploying.md, Upgrade): they ask
-- for the keys of one service. Nothing of this version calls it; a version after it drops it.
create function organisations.find_api_keys(wanted_service uuid)
returns table (organisation_id uuid, id uuid, name text, kind text, sealed_secret bytea, revoked boolean, service_name text)
language sql stable security definer set search_path = '' as $$
  select s.organisation_id, k.id, k.name, k.kind, k.sealed_secret, k.revoked_at is not null, s.name
    from organisations.services s
    left join organisations.api_keys k on k.organisation_id = s.organisation_id and k.service_id = s.id
   where s.id = wanted_service
$$;
comment on function organisations.find_api_keys is
  'The keys of one service, sealed, as the version before asks for them. To be dropped.';
revoke execute on function organisations.find_api_keys from public;
grant execute on function organisations.find_api_keys to commonhold_application;
