-- One index instead of two, because each recording writes a row here: it finds the newest hour of a service as well.

alter table measures.stale_hours drop constraint stale_hours_pkey;
drop index measures.stale_hours_by_service;
alter table measures.stale_hours add primary key (organisation_id, service_id, what, hour, id);
