-- Which rules of spending a plan honours, and which it may break at a price.

alter table plan.settings add column rules jsonb not null default '{}';
comment on column plan.settings.rules is
  'By the key of a rule in the estate''s pack: whether plans honour it or price it, and the price of each breach in minor units. A rule that is not named is left out.';
