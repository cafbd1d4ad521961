-- Every page opens an application and saves to it, so these functions keep one plan: made anew at each call, the plan of
-- open_application took three times as long as running it. They look rows up by their keys, whatever the values are.

alter function forms.open_application(uuid, uuid, uuid, integer, bytea, text[], text[])
  set plan_cache_mode = force_generic_plan;
alter function forms.open_application(uuid, uuid, uuid, integer, bytea, text[], text[], text[], text[])
  set plan_cache_mode = force_generic_plan;
alter function forms.save_page set plan_cache_mode = force_generic_plan;
alter function forms.find_sent set plan_cache_mode = force_generic_plan;

-- save_page has looked at the application, and holds it, when it keeps an answer: a foreign key would look again, with a
-- query as long as the insert. What the key did when an application is removed, a trigger does.

alter table forms.answers drop constraint answers_organisation_id_application_id_fkey;

create function forms.remove_answers() returns trigger
language plpgsql as $$
begin
  delete from forms.answers s where s.organisation_id = old.organisation_id and s.application_id = old.id;
  return old;
end
$$;
comment on function forms.remove_answers is 'The answers of an application go with it.';
create trigger remove_answers after delete on forms.applications
  for each row execute function forms.remove_answers();
