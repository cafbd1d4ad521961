-- Row-level security lets an index be used only with comparisons that PostgreSQL knows to leak nothing: not with the hash
-- of an expression. A reference may be longer than an index entry, so its hash stands in a column of its own.

drop index notify.messages_by_client_reference;
alter table notify.messages add column client_reference_hash bytea;
update notify.messages set client_reference_hash = sha256(convert_to(client_reference, 'UTF8')) where client_reference is not null;
alter table notify.messages
  add constraint messages_client_reference_check check ((client_reference is null) = (client_reference_hash is null));
comment on column notify.messages.client_reference_hash is 'SHA-256 of client_reference, by which it is found.';
create index messages_by_client_reference on notify.messages (organisation_id, service_id, client_reference_hash, id desc) where client_reference_hash is not null;
