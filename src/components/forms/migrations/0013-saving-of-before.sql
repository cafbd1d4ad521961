-- Processes of the version before go on while they are replaced one after another (docs/guides/deploying.md, Upgrade): they save a
-- page without asking for the next. Nothing of this version calls it; a version after it drops it.
create function forms.save_page(
  of_organisation uuid, wanted uuid, of_service uuid, of_version integer, presented bytea,
  answered text, new_sealed bytea, new_email_fingerprint bytea, after_page text)
returns text
language sql as $$
  select s.saving
    from forms.save_page(of_organisation, wanted, of_service, of_version, presented, answered, new_sealed,
           new_email_fingerprint, after_page, '{}', '{}', '{}', '{}') s
   limit 1
$$;
comment on function forms.save_page(uuid, uuid, uuid, integer, bytea, text, bytea, bytea, text) is
  'The same without what comes next, as the version before saves a page. To be dropped.';
