-- Where a part has moved to, and since when; and which services a system serves, whose cost it is part of.

alter table estate.parts add column moved_on date;
alter table estate.parts add constraint parts_moved_somewhere check (moved_on is null or target_id is not null);
comment on column estate.parts.moved_on is
  'The first day on which it ran on its target. Null: target_id is only what was chosen for it.';
comment on table estate.parts is
  'A part of a system that can stay or move by itself: what it is needed for, what it costs a year by kind (minor units of the system''s currency; what is paid under its contracts is included until it moves) and its target: chosen for it, or moved to. Every system has its application.';
create index parts_by_target on estate.parts (organisation_id, target_id) where target_id is not null;

create table estate.served_services (
  organisation_id uuid not null,
  system_id uuid not null,
  service_id uuid not null,
  service_organisation_id uuid not null,
  department_id uuid not null,
  share_basis_points integer not null check (share_basis_points between 1 and 10000),
  since date not null,
  source text not null,
  said_by text not null,
  said_at timestamptz not null default now(),
  pushed jsonb not null default '{}',
  primary key (organisation_id, system_id, service_id),
  foreign key (organisation_id, system_id) references estate.systems
);
comment on table estate.served_services is
  'That a system serves a public service since a day, and the share of the system''s cost that is the service''s, in hundredths of a per cent. pushed says, for each cost that measures was told, a digest of it, so that only what is another now is told again.';
create index served_services_by_service on estate.served_services (organisation_id, service_id);
select platform.own_by_tenant('estate.served_services');
select estate.narrow_to_department('estate.served_services');
