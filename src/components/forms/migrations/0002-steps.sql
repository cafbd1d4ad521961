-- One step of an application in one statement: a transaction of several statements would take three or four journeys to
-- the database. These functions run as whoever calls them, so row-level security holds inside them: they name the
-- organisation for their own statement's transaction, as every transaction does, and see nothing but its rows.

create function forms.open_application(
  of_organisation uuid, wanted uuid, of_service uuid, of_version integer, presented bytea, with_answers text[], with_presence text[])
returns table (submission_id uuid, page text, sealed bytea)
language plpgsql as $$
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  return query
    select a.submission_id, s.page, case when s.page = any(with_answers) then s.sealed end
      from forms.applications a
      left join forms.answers s
        on s.organisation_id = a.organisation_id and s.application_id = a.id and s.page = any(with_answers || with_presence)
     where a.organisation_id = of_organisation and a.id = wanted and a.service_id = of_service
       and a.version = of_version and a.token_hash = presented and a.expires_at > now();
end
$$;
comment on function forms.open_application is
  'An application with the answers of some pages, and of others whether they were answered, if the presented hash is that of its secret.';

create function forms.save_page(
  of_organisation uuid, wanted uuid, presented bytea, answered text, new_sealed bytea, new_email_fingerprint bytea)
returns boolean
language plpgsql as $$
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  -- Waits for a submission that is being made, and then saves nothing.
  perform from forms.applications a
    where a.organisation_id = of_organisation and a.id = wanted and a.token_hash = presented
      and a.submission_id is null and a.expires_at > now()
      for key share;
  if not found then
    return false;
  end if;
  insert into forms.answers as s (organisation_id, application_id, page, sealed, email_fingerprint)
    values (of_organisation, wanted, answered, new_sealed, new_email_fingerprint)
    on conflict (organisation_id, application_id, page) do update
      set sealed = excluded.sealed, email_fingerprint = excluded.email_fingerprint, saved_at = now();
  return true;
end
$$;
comment on function forms.save_page is
  'Saves what was answered on a page of an application that was not sent, if the presented hash is that of its secret. Says whether it did.';
