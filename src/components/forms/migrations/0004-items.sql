-- Rows of the items of a repeat: their keys begin with that of the repeat and the name of the item.

create function forms.open_application(
  of_organisation uuid, wanted uuid, of_service uuid, of_version integer, presented bytea,
  with_answers text[], with_presence text[], with_within text[], with_names text[])
returns table (submission_id uuid, page text, sealed bytea)
language plpgsql as $$
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  return query
    select a.submission_id, s.page,
           case when s.page = any(with_answers) or exists (select from unnest(with_within) w where starts_with(s.page, w)) then s.sealed end
      from forms.applications a
      left join forms.answers s
        on s.organisation_id = a.organisation_id and s.application_id = a.id
       and (s.page = any(with_answers || with_presence) or exists (select from unnest(with_within || with_names) w where starts_with(s.page, w)))
     where a.organisation_id = of_organisation and a.id = wanted and a.service_id = of_service
       and a.version = of_version and a.token_hash = presented and a.expires_at > now();
end
$$;
comment on function forms.open_application(uuid, uuid, uuid, integer, bytea, text[], text[], text[], text[]) is
  'The same, with the answers of every page whose key begins with one of with_within, and of those that begin with one of with_names whether they were answered.';
