-- Where what people send goes besides a case: to a team by e-mail, to a department's system by webhook.

create table forms.outputs (
  organisation_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  kind text not null check (kind in ('email', 'webhook')),
  -- Of e-mails: a team's address, which is no personal data of a citizen. Of webhooks: the address that is called.
  address text not null,
  with_answers boolean not null,
  endpoint_id uuid,
  made_by text not null,
  made_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (organisation_id, id),
  check ((kind = 'webhook') = (endpoint_id is not null))
);
comment on table forms.outputs is
  'Where submissions of a service go besides a case. A webhook''s secret and its deliveries are with the platform''s webhooks, by endpoint_id.';
create index outputs_by_service on forms.outputs (organisation_id, service_id) where removed_at is null;
select platform.own_by_tenant('forms.outputs', 'select, insert, update');

create table forms.handings (
  organisation_id uuid not null,
  output_id uuid not null,
  submission_id uuid not null,
  -- Of e-mails the message, of webhooks the delivery; null where the endpoint was switched off.
  sent_as uuid,
  handed_at timestamptz not null default now(),
  primary key (organisation_id, output_id, submission_id),
  foreign key (organisation_id, output_id) references forms.outputs
);
comment on table forms.handings is
  'That a submission was handed over to an output, once. What became of it is told by the message or the delivery.';
create index handings_by_time on forms.handings (organisation_id, output_id, handed_at desc);
create index handings_by_submission on forms.handings (organisation_id, submission_id);
select platform.own_by_tenant('forms.handings', 'select, insert');
