-- The second wall: the gateway's role owns nothing and sees, of every table, what belongs to the organization and the
-- account that its connection is bound to. Without a binding it sees no tenant row at all.

do $$
begin
  if not exists (select from pg_roles where rolname = 'fieldgate_gateway') then
    create role fieldgate_gateway nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
end
$$;

create function current_organization_id() returns uuid language sql stable set search_path = pg_catalog
  as $$ select nullif(current_setting('app.organization_id', true), '')::uuid $$;
create function current_user_id() returns uuid language sql stable set search_path = pg_catalog
  as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

-- What SQL can say and Prisma cannot.
alter table "Organization" add constraint "Organization_slug_check" check ("slug" ~ '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$');
alter table "PersistedOperation" add constraint "PersistedOperation_sha256_check" check ("sha256" ~ '^[0-9a-f]{64}$');
create unique index "PersistedOperation_deployment_key" on "PersistedOperation" ("client", "sha256") where "organizationId" is null;
create unique index "PersistedOperationUse_no_key_key" on "PersistedOperationUse" ("organizationId", "operationId", "day") where "apiKeyId" is null;
create unique index "User_email_lower_key" on "User" (lower("email"));

grant usage on schema public to fieldgate_gateway;
grant select, insert, update, delete on
  "User", "Password", "TotpFactor", "RecoveryCode", "Session", "RefreshToken", "AccountToken",
  "Organization", "Membership", "Role", "MembershipRole", "Invitation",
  "ApiKey", "PersistedOperation", "PersistedOperationUse"
  to fieldgate_gateway;
-- Audit events are appended and read, never changed.
grant select, insert on "AuditEvent" to fieldgate_gateway;

-- Tenant tables: the bound organization's rows.
do $$
declare
  name text;
begin
  foreach name in array array['Role', 'MembershipRole', 'Invitation', 'ApiKey', 'PersistedOperationUse']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy tenant on %I to fieldgate_gateway using ("organizationId" = (select public.current_organization_id())) '
      'with check ("organizationId" = (select public.current_organization_id()))', name);
  end loop;
end
$$;

alter table "Membership" enable row level security;
create policy tenant on "Membership" to fieldgate_gateway
  using ("organizationId" = (select current_organization_id()))
  with check ("organizationId" = (select current_organization_id()));
create policy own on "Membership" for select to fieldgate_gateway using ("userId" = (select current_user_id()));

alter table "Organization" enable row level security;
create policy tenant on "Organization" to fieldgate_gateway
  using ("id" = (select current_organization_id())) with check ("id" = (select current_organization_id()));
create policy own on "Organization" for select to fieldgate_gateway
  using (exists (select from "Membership" m where m."organizationId" = "Organization"."id" and m."userId" = (select current_user_id()) and m."status" <> 'REMOVED'));

-- Accounts: oneself, and whoever is or was a member of the bound organization. Only oneself may be written.
alter table "User" enable row level security;
create policy member on "User" for select to fieldgate_gateway
  using ("id" = (select current_user_id())
    or exists (select from "Membership" m where m."userId" = "User"."id" and m."organizationId" = (select current_organization_id())));
create policy own_insert on "User" for insert to fieldgate_gateway with check ("id" = (select current_user_id()));
create policy own_update on "User" for update to fieldgate_gateway
  using ("id" = (select current_user_id())) with check ("id" = (select current_user_id()));

-- What belongs to an account alone.
do $$
declare
  name text;
begin
  foreach name in array array['Password', 'TotpFactor', 'RecoveryCode', 'Session', 'RefreshToken', 'AccountToken']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy own on %I to fieldgate_gateway using ("userId" = (select public.current_user_id())) '
      'with check ("userId" = (select public.current_user_id()))', name);
  end loop;
end
$$;

-- Registered operations: the organization's own to write; the deployment's to read as well.
alter table "PersistedOperation" enable row level security;
create policy tenant on "PersistedOperation" to fieldgate_gateway
  using ("organizationId" = (select current_organization_id())) with check ("organizationId" = (select current_organization_id()));
create policy deployment on "PersistedOperation" for select to fieldgate_gateway using ("organizationId" is null);

-- Audit: an organization's events are its own; an account's events without an organization are the account's.
alter table "AuditEvent" enable row level security;
create policy read on "AuditEvent" for select to fieldgate_gateway
  using ("organizationId" = (select current_organization_id()) or ("organizationId" is null and "actorId" = (select current_user_id())));
create policy append on "AuditEvent" for insert to fieldgate_gateway
  with check ("organizationId" is null or "organizationId" = (select current_organization_id()));
