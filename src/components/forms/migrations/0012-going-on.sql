-- Whoever has answered a page opens the next one at once. Saving brings back what that page needs, so that opening it asks for
-- nothing; and a page that turns on other answers says which it was read with, so that they need not be opened again first.

drop function forms.save_page(uuid, uuid, uuid, integer, bytea, text, bytea, bytea, text);

create function forms.save_page(
  of_organisation uuid, wanted uuid, of_service uuid, of_version integer, presented bytea,
  answered text, new_sealed bytea, new_email_fingerprint bytea, after_page text,
  read_with text[], read_marks bytea[], with_answers text[], with_presence text[])
returns table (saving text, page text, sealed bytea)
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
    return query select 'unknown', null::text, null::bytea;
    return;
  elsif sent is not null then
    return query select 'sent', null::text, null::bytea;
    return;
  elsif after_page is not null and not exists (
      select from forms.answers b
       where b.organisation_id = of_organisation and b.application_id = wanted and b.page = after_page) then
    return query select 'too early', null::text, null::bytea;
    return;
  elsif cardinality(read_with) > 0 and exists (
      select from unnest(read_with, read_marks) as r (page, mark)
        left join forms.answers b
          on b.organisation_id = of_organisation and b.application_id = wanted and b.page = r.page
       where substring(b.sealed for 17) is distinct from r.mark) then
    return query select 'overtaken', null::text, null::bytea;
    return;
  end if;
  insert into forms.answers as s (organisation_id, application_id, page, sealed, email_fingerprint)
    values (of_organisation, wanted, answered, new_sealed, new_email_fingerprint)
    on conflict on constraint answers_pkey do update
      set sealed = excluded.sealed, email_fingerprint = excluded.email_fingerprint, saved_at = now();
  return query select 'saved', null::text, null::bytea;
  if cardinality(with_answers) > 0 or cardinality(with_presence) > 0 then
    return query
      select null::text, s.page, case when s.page = any(with_answers) then s.sealed end
        from forms.answers s
       where s.organisation_id = of_organisation and s.application_id = wanted and s.page = any(with_answers || with_presence);
  end if;
end
$$;
comment on function forms.save_page is
  'Saves what was answered on a page of an application that was not sent, if the presented hash is that of its secret, the page before (after_page) was answered, and the rows it was read with (read_with) still begin with their marks: key and nonce, null where there was none. The first row says saved, sent, too early, overtaken or unknown; after a saving, rows of the application follow as open_application gives them.';
-- It looks rows up by their keys, whatever the values are.
alter function forms.save_page set plan_cache_mode = force_generic_plan;
