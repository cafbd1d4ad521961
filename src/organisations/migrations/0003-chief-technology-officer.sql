-- The role of those who keep the government's estate of technology.

alter table organisations.roles drop constraint roles_role_check;
alter table organisations.roles add constraint roles_role_check check (
  role in ('platform operator', 'digital leader', 'chief technology officer', 'service manager', 'caseworker', 'auditor'));

alter table organisations.mandates drop constraint mandates_roles_check;
alter table organisations.mandates add constraint mandates_roles_check check (
  cardinality(roles) > 0
  and roles <@ array['digital leader', 'chief technology officer', 'service manager', 'caseworker', 'auditor']);
