-- Files that an email links to instead of carrying them.

create table notify.linked_files (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  file_id uuid not null,
  token_hash bytea not null,
  -- Null where whoever has the link may open it.
  recipient_fingerprint bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  opened_at timestamptz,
  primary key (organisation_id, id)
);
comment on table notify.linked_files is
  'A file that was sent in an email as a link. Who has the link opens a page with it until it expires, and where recipient_fingerprint is set must first type the address that it was sent to.';
comment on column notify.linked_files.opened_at is 'When it was downloaded last.';
create index linked_files_by_end on notify.linked_files (organisation_id, service_id, expires_at);
select platform.own_by_tenant('notify.linked_files');
