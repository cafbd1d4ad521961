-- How far the estimates of a move may be wrong, where somebody knows better than what is usual.

create table estate.estimate_ranges (
  organisation_id uuid not null,
  subject_id uuid not null,
  subject_kind text not null check (subject_kind in ('target', 'part')),
  department_id uuid,
  moving_least integer not null,
  moving_likeliest integer not null,
  moving_most integer not null,
  yearly_least integer not null,
  yearly_likeliest integer not null,
  yearly_most integer not null,
  late_by_one integer not null check (late_by_one >= 0),
  late_by_two integer not null check (late_by_two >= 0),
  late_by_three integer not null check (late_by_three >= 0),
  source text not null,
  said_by text not null,
  said_at timestamptz not null default now(),
  primary key (organisation_id, subject_id),
  check ((subject_kind = 'part') = (department_id is not null)),
  check (0 <= moving_least and moving_least <= moving_likeliest and moving_likeliest <= moving_most and moving_most <= 100000),
  check (0 <= yearly_least and yearly_least <= yearly_likeliest and yearly_likeliest <= yearly_most and yearly_most <= 100000),
  check (late_by_one + late_by_two + late_by_three <= 10000)
);
comment on table estate.estimate_ranges is
  'How far the estimates of moving to a target, or of moving a part (which then counts instead), may be wrong. All in hundredths of a per cent: what moving, and a year on the target, come to in the end, of their estimates (least, likeliest, most); and how many moves end one, two or three quarters late. What has no row is as is usual (usualRange).';
select platform.own_by_tenant('estate.estimate_ranges', 'select, insert, update, delete');
create policy department on estate.estimate_ranges as restrictive
  using (department_id is null or estate.sees_department(department_id)) with check (estate.sees_department(department_id));
