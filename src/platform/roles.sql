-- The roles that Commonhold needs in a PostgreSQL server. Run as a superuser, before the first migration; safe to repeat.
--
--   psql -f src/platform/roles.sql
--   psql -c '\password commonhold_owner' -c '\password commonhold'
--   psql -c 'CREATE DATABASE commonhold OWNER commonhold_owner ENCODING ''UTF8'' TEMPLATE template0'
--
-- DATABASE_OWNER_URL then names the login commonhold_owner, and DATABASE_URL the login commonhold.

DO $roles$
BEGIN
  -- What the program may do. Tables grant to this role, so that the login's name and password are the server's own affair.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'commonhold_application') THEN
    CREATE ROLE commonhold_application NOLOGIN NOINHERIT;
  END IF;

  -- Reads listed tables across organisations. The program must say SET ROLE to use it: NOINHERIT above.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'commonhold_reader') THEN
    CREATE ROLE commonhold_reader NOLOGIN;
  END IF;
  GRANT commonhold_reader TO commonhold_application;

  -- Owns every table: migrates, backs up, restores. CREATEDB is for test databases and may be taken away in production.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'commonhold_owner') THEN
    CREATE ROLE commonhold_owner LOGIN CREATEDB;
  END IF;

  -- The login of the running program: owns nothing and cannot bypass row-level security.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'commonhold') THEN
    CREATE ROLE commonhold LOGIN INHERIT;
  END IF;
  GRANT commonhold_application TO commonhold;
END
$roles$;
