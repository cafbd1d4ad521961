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
  of_organisation uuid, wanted uuid, of_service uuid, of_version integer, presented bytea,
  answered text, new_sealed bytea, new_email_fingerprint bytea, after_page text)
returns text
language plpgsql as $$
declare
  sent uuid;
begin
  execute format('set local commonhold.organisation = %L', of_organisation);
  -- Waits for a submission that is being made, and then saves nothing.
  select a.submission_id into sent from forms.applications a
    where a.organisation_id = of_organisation and a.id = wanted and a.service_id = of_service
      and a.version = of_version and a.token_hash = presented and a.expires_at > now()
      for key share;
  if not found then
    return 'unknown';
  elsif sent is not null then
    return 'sent';
  elsif after_page is not null and not exists (
      select from forms.answers b
       where b.organisation_id = of_organisation and b.application_id = wanted and b.page = after_page) then
    return 'too early';
  end if;
  insert into forms.answers as s (organisation_id, application_id, page, sealed, email_fingerprint)
    values (of_organisation, wanted, answered, new_sealed, new_email_fingerprint)
    on conflict (organisation_id, application_id, page) do update
      set sealed = excluded.sealed, email_fingerprint = excluded.email_fingerprint, saved_at = now();
  return 'saved';
end
$$;
comment on function forms.save_page is
  'Saves what was answered on a page of an application that was not sent, if the presented hash is that of its secret, and the page before (after_page) was answered. Says saved, sent, too early or unknown.';
