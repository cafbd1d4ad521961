-- Pages that are saved in the same moment are saved by one statement, and share one commit to disk.

-- Of two versions before.
drop function forms.save_page(uuid, uuid, uuid, integer, bytea, text, bytea, bytea, text);

create function forms.save_pages(steps json, waits boolean)
returns table (step integer, saving text, page text, sealed bytea)
language plpgsql as $$
declare
  each record;
  sent uuid;
  organisation uuid;
begin
  for each in
    select s.*
      from json_to_recordset(steps) as s (
             step integer, organisation uuid, application uuid, service uuid, version integer, presented bytea,
             answered text, sealed bytea, email_fingerprint bytea, after_page text,
             read_with text[], read_marks bytea[], with_answers text[], with_presence text[])
     -- In the same order everywhere, so that two processes never wait for each other.
     order by s.application, s.answered, s.step
  loop
    if organisation is distinct from each.organisation then
      organisation := each.organisation;
      execute format('set local commonhold.organisation = %L', organisation);
    end if;
    if waits then
      -- Waits for a submission that is being made, and then saves nothing.
      select a.submission_id into sent from forms.applications a
        where a.organisation_id = each.organisation and a.id = each.application and a.service_id = each.service
          and a.version = each.version and a.token_hash = each.presented and a.expires_at > now()
          for key share;
    else
      select a.submission_id into sent from forms.applications a
        where a.organisation_id = each.organisation and a.id = each.application and a.service_id = each.service
          and a.version = each.version and a.token_hash = each.presented and a.expires_at > now()
          for key share skip locked;
    end if;
    if not found then
      return query select each.step, case when waits then 'unknown' else 'by itself' end, null::text, null::bytea;
      continue;
    elsif sent is not null then
      return query select each.step, 'sent', null::text, null::bytea;
      continue;
    elsif each.after_page is not null and not exists (
        select from forms.answers b
         where b.organisation_id = each.organisation and b.application_id = each.application and b.page = each.after_page) then
      return query select each.step, 'too early', null::text, null::bytea;
      continue;
    elsif each.read_with <> '{}' and exists (
        select from unnest(each.read_with, each.read_marks) as r (page, mark)
          left join forms.answers b
            on b.organisation_id = each.organisation and b.application_id = each.application and b.page = r.page
         where substring(b.sealed for 17) is distinct from r.mark) then
      return query select each.step, 'overtaken', null::text, null::bytea;
      continue;
    end if;
    insert into forms.answers as s (organisation_id, application_id, page, sealed, email_fingerprint)
      values (each.organisation, each.application, each.answered, each.sealed, each.email_fingerprint)
      on conflict on constraint answers_pkey do update
        set sealed = excluded.sealed, email_fingerprint = excluded.email_fingerprint, saved_at = now();
    return query select each.step, 'saved', null::text, null::bytea;
    if each.with_answers <> '{}' or each.with_presence <> '{}' then
      return query
        select each.step, null::text, s.page, case when s.page = any(each.with_answers) then s.sealed end
          from forms.answers s
         where s.organisation_id = each.organisation and s.application_id = each.application
           and s.page = any(each.with_answers || each.with_presence);
    end if;
  end loop;
end
$$;
comment on function forms.save_pages is
  'Saves what was answered on pages, a step each: if the application was not sent, the presented hash is that of its secret, the page before (after_page) was answered, and the rows it was read with (read_with) still begin with their marks: key and nonce, null where there was none. The first row of each step says saved, sent, too early, overtaken or unknown; after a saving, rows of the application follow as open_application gives them. Unless it waits, a step whose application somebody else holds, or nobody has, says "by itself": it is to be asked again, alone and waiting.';
-- It looks rows up by their keys, whatever the values are.
alter function forms.save_pages set plan_cache_mode = force_generic_plan;

comment on function forms.save_page is
  'As the version before saves a page (docs/guides/deploying.md, Upgrade). Nothing of this version calls it; to be dropped by the one after.';
