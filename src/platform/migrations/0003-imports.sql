-- Tables that people bring in from files: what was received, how it is understood, and the rows that could not be taken.

create table platform.imports (
  organisation_id uuid not null,
  id uuid not null,
  kind text not null,
  about jsonb not null default '{}',
  file_name text not null,
  digest bytea,
  description text not null,
  state text not null check (state in ('receiving', 'mapping', 'running', 'finished', 'failed')),
  mapping jsonb,
  rows_received integer not null default 0,
  rows_read integer not null default 0,
  rows_added integer not null default 0,
  rows_changed integer not null default 0,
  rows_same integer not null default 0,
  failure text,
  received_by text not null,
  received_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (organisation_id, id)
);
comment on table platform.imports is
  'A table that somebody sent as a file. receiving: its rows are being kept. mapping: a person says which column is what. running: a job takes the rows, a chunk at a time. finished: every row was taken or lies aside. failed: nothing more can be done with it. about is what the importer needs to know beside the rows, such as a service.';
comment on column platform.imports.digest is 'SHA-256 of the file, by which the same file is recognised.';
create index imports_by_kind on platform.imports (organisation_id, kind, id desc);
select platform.own_by_tenant('platform.imports');

create table platform.import_chunks (
  organisation_id uuid not null,
  import_id uuid not null,
  number integer not null,
  sealed_rows bytea not null,
  primary key (organisation_id, import_id, number),
  foreign key (organisation_id, import_id) references platform.imports on delete cascade
);
comment on table platform.import_chunks is
  'Rows of a table that were received and not taken yet, some hundred together and encrypted. A chunk goes in the transaction that takes its rows.';
select platform.own_by_tenant('platform.import_chunks');

create table platform.import_rows_aside (
  organisation_id uuid not null,
  import_id uuid not null,
  number integer not null,
  sealed_cells bytea not null,
  field text,
  reason text not null,
  primary key (organisation_id, import_id, number),
  foreign key (organisation_id, import_id) references platform.imports on delete cascade
);
comment on table platform.import_rows_aside is
  'A row that could not be taken, with the reason. It goes when it is mended and taken, or dropped.';
select platform.own_by_tenant('platform.import_rows_aside');

create table platform.import_headings (
  organisation_id uuid not null,
  kind text not null,
  heading text not null,
  field text,
  primary key (organisation_id, kind, heading)
);
comment on table platform.import_headings is
  'Which field a column with this heading was said to be by a person, or null for none: proposed again the next time.';
select platform.own_by_tenant('platform.import_headings');
