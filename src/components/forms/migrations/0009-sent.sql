-- The confirmation page asks once: for the application, and for what was sent of it.

create function forms.find_sent(
  of_organisation uuid, wanted uuid, of_service uuid, of_version integer, presented bytea)
returns table (submission_id uuid, reference text, emailed boolean)
language plpgsql as $$
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  return query
    select a.submission_id, s.reference, s.email_fingerprint is not null
      from forms.applications a
      left join forms.submissions s on s.organisation_id = a.organisation_id and s.id = a.submission_id
     where a.organisation_id = of_organisation and a.id = wanted and a.service_id = of_service
       and a.version = of_version and a.token_hash = presented and a.expires_at > now();
end
$$;
comment on function forms.find_sent is
  'What was sent of an application, if the presented hash is that of its secret: the submission is null where nothing was.';
