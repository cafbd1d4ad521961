-- How many people saw, answered and left each page, which mistakes they made, and how long they took. No answers, and
-- nothing by which one person could be told from another.

create table forms.page_counts (
  organisation_id uuid not null,
  service_id uuid not null,
  version integer not null,
  day date not null,
  page text not null,
  -- Whoever counted: each process adds to rows of its own, so that none waits for another.
  counted_by uuid not null,
  seen integer not null default 0,
  answered integer not null default 0,
  mistaken integer not null default 0,
  -- How many took less than 10 seconds, 30 seconds, 1, 2, 5, 15 minutes, and longer.
  took integer[] not null default '{0,0,0,0,0,0,0}' check (array_length(took, 1) = 7),
  primary key (organisation_id, service_id, day, version, page, counted_by)
);
comment on table forms.page_counts is
  'How many people saw a page of a version of a form on a day, answered it, sent it with mistakes, and how long they took. Rows of days that are over are added together.';
select platform.own_by_tenant('forms.page_counts');

create table forms.mistake_counts (
  organisation_id uuid not null,
  service_id uuid not null,
  version integer not null,
  day date not null,
  page text not null,
  field text not null,
  message text not null,
  counted_by uuid not null,
  made integer not null default 0,
  primary key (organisation_id, service_id, day, version, page, field, message, counted_by)
);
comment on table forms.mistake_counts is
  'How often a message about a mistake was shown at a field of a page on a day. The message is the form''s, and holds nothing that was typed.';
select platform.own_by_tenant('forms.mistake_counts');

create table forms.comments (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  version integer not null,
  rating integer not null check (rating between 1 and 5),
  sealed bytea not null,
  given_at timestamptz not null default now(),
  primary key (organisation_id, id)
);
comment on table forms.comments is
  'What somebody wrote when asked how satisfied they were with a form. Sealed, since people write what they were asked not to; linked to nothing that they sent, and erased after a year.';
create index comments_by_service on forms.comments (organisation_id, service_id, id desc);
create index comments_by_time on forms.comments (organisation_id, given_at);
select platform.own_by_tenant('forms.comments', 'select, insert, update, delete');
