-- A person who uploads a file of recipients sends without a key, as a live key would.
alter table notify.messages
  drop constraint messages_key_check,
  add constraint messages_key_check check (key_id is null or key_kind is not null);
comment on column notify.messages.key_id is 'The API key that sent it; null where a person did by a file, or a part of the program.';
