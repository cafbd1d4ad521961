-- Files that people send: what is known of each. The content lies outside the database, encrypted.

create table platform.files (
  organisation_id uuid not null,
  id uuid not null,
  state text not null check (state in ('arriving', 'waiting', 'clean', 'infected', 'forgotten')),
  owner_kind text,
  owner_id uuid,
  stored_in text not null check (stored_in in ('folder', 's3')),
  kind text,
  bytes bigint,
  sealed_name bytea,
  sealed_key bytea,
  found text,
  scanned_by text,
  scanned_at timestamptz,
  received_at timestamptz not null default now(),
  primary key (organisation_id, id),
  check (state = 'forgotten' or sealed_name is not null),
  check (state in ('infected', 'forgotten') or sealed_key is not null),
  check (state in ('arriving', 'forgotten') or (owner_kind is not null and owner_id is not null and kind is not null and bytes is not null))
);
comment on table platform.files is
  'A file that somebody sent, and what it belongs to (owner_kind, owner_id). arriving: its content is being written, and goes again unless it is kept within a day. waiting: kept, and not scanned yet. clean, infected: what the scanner found; an infected file has no content any more. forgotten: its key is gone, and its content is being removed. The name that it had and the key of its content are encrypted.';
comment on column platform.files.stored_in is 'The storage that holds the content, under <organisation>/<file>.';
comment on column platform.files.kind is 'What the content is: the name of a kind in file-kinds.ts.';
create index files_by_owner on platform.files (organisation_id, owner_kind, owner_id) where owner_id is not null;
create index files_unfinished on platform.files (organisation_id, received_at) where state in ('arriving', 'waiting', 'forgotten');
select platform.own_by_tenant('platform.files', 'select, insert, update, delete');
