-- What a target costs grows with what moves to it: by its users and transactions, and now also by what it costs today.

alter table estate.targets
  add column cost_share_basis_points integer not null default 0 check (cost_share_basis_points between 0 and 100000),
  add column moving_share_basis_points integer not null default 0 check (moving_share_basis_points between 0 and 100000);
comment on column estate.targets.cost_share_basis_points is
  'What a year on the target costs, beside the amounts, as a share of what a year of what moves costs today, in hundredths of a per cent.';
comment on column estate.targets.moving_share_basis_points is
  'What moving costs, beside the amounts, as a share of what a year of what moves costs today, in hundredths of a per cent.';
comment on table estate.targets is
  'A common way to meet a need, to which systems or parts of them can move, and what it costs in minor units: once for the government (opening_cost), for each mover (moving_cost, for each user, and a share of its cost today), and a year (for each mover, each user, each thousand transactions, and a share of its cost today).';
