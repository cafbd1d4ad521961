-- Contract notices as they were published, so that one that comes later is merged with those before it.

create table estate.releases (
  organisation_id uuid not null,
  ocid text not null,
  digest bytea not null,
  released_at timestamptz not null,
  content jsonb not null,
  primary key (organisation_id, ocid, digest)
);
comment on table estate.releases is
  'A release of the Open Contracting Data Standard as its publisher wrote it: public data. All releases of a process (ocid), merged in the order of their dates, are what is known of it. digest is the SHA-256 of its content.';
select platform.own_by_tenant('estate.releases', 'select, insert');
