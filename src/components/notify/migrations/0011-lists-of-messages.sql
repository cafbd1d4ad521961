-- Whatever a list asks for is a few stretches of this one index, each in the order of the list: one for each status and each
-- channel, with or without what was sent in batches. A channel that is hardly used is found as fast as any other.
create index messages_listed on notify.messages
  (organisation_id, service_id, key_kind, (batch_id is null), channel, status, id) where key_kind is not null;

-- What they were for, it does.
drop index notify.messages_by_key_kind;
drop index notify.messages_by_status;
