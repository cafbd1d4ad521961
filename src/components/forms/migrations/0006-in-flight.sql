-- Whoever moves the people in flight to another version asks for those of a service who have not sent.

create index applications_in_flight on forms.applications (organisation_id, service_id, id) where submission_id is null;
