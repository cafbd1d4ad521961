-- Messages that wait for a receipt: also those of which a provider said that they are on their way.
drop index notify.messages_without_receipt;
create index messages_without_receipt on notify.messages (organisation_id, handed_over_at)
  where status in ('sending', 'pending') and channel <> 'letter' and handed_over_at is not null;
