-- Functions that run as the owner look a name up in pg_catalog, then in public, and among temporary objects last; left out of the path,
-- temporary ones come first, so that a temporary table named "ApiKey" with a trigger ran as the owner. Every table is named with its
-- schema besides. What a function does for an account it does for the one that its connection is bound to.

-- Whom a connection is bound to, as before.
create or replace function public.current_organization_id() returns uuid language sql stable set search_path = pg_catalog, public, pg_temp
  as $$ select nullif(current_setting('app.organization_id', true), '')::uuid $$;

create or replace function public.current_user_id() returns uuid language sql stable set search_path = pg_catalog, public, pg_temp
  as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

-- The look-ups, as before.
create or replace function public.auth_session(session_id uuid, wanted text)
returns table (
  "userId" uuid, "revokedAt" timestamptz, "expiresAt" timestamptz, "erasedAt" timestamptz,
  "organizationId" uuid, "slug" text, "membershipId" uuid, "status" text, "roles" json
)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select s."userId", s."revokedAt", s."expiresAt", u."erasedAt", o."id", o."slug", m."id", m."status"::text,
    (select coalesce(json_agg(json_build_object('id', r."id", 'key', r."key", 'system', r."system", 'permissions', r."permissions") order by r."key"), '[]'::json)
       from public."MembershipRole" mr join public."Role" r on r."id" = mr."roleId" where mr."membershipId" = m."id")
  from public."Session" s
  join public."User" u on u."id" = s."userId"
  left join lateral (
    select m.* from public."Membership" m join public."Organization" o on o."id" = m."organizationId"
    where m."userId" = s."userId" and m."status" <> 'REMOVED'
      and (wanted is null or o."slug" = wanted or o."id"::text = lower(wanted))
    order by m."joinedAt", m."id" limit 1
  ) m on true
  left join public."Organization" o on o."id" = m."organizationId"
  where s."id" = session_id
$$;

create or replace function public.auth_api_key(key_prefix text)
returns table (
  "id" uuid, "organizationId" uuid, "slug" text, "client" text, "digest" text, "validUntil" timestamptz, "scopes" text[],
  "allowAdHoc" boolean, "allowedNetworks" text[], "budget" integer, "requestsPerMinute" integer,
  "expiresAt" timestamptz, "revokedAt" timestamptz, "role" json, "makerRoles" json, "makers" json
)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select k."id", k."organizationId", o."slug", k."client",
    case when k."prefix" = key_prefix then k."digest" else k."previousDigest" end,
    case when k."prefix" = key_prefix then null else k."previousUntil" end,
    k."scopes", k."allowAdHoc", k."allowedNetworks", k."budget", k."requestsPerMinute", k."expiresAt", k."revokedAt",
    json_build_object('id', r."id", 'key', r."key", 'system', r."system", 'permissions', r."permissions"),
    case when k."createdById" is null then null else (
      select coalesce(json_agg(json_build_object('id', mr."id", 'key', mr."key", 'system', mr."system", 'permissions', mr."permissions")), '[]'::json)
      from public."MembershipRole" held join public."Role" mr on mr."id" = held."roleId" where held."membershipId" = m."id") end,
    (with recursive line ("id", "budget", "requestsPerMinute", "createdByKeyId", "depth") as (
       select p."id", p."budget", p."requestsPerMinute", p."createdByKeyId", 1 from public."ApiKey" p where p."id" = k."createdByKeyId"
       union all
       select p."id", p."budget", p."requestsPerMinute", p."createdByKeyId", line."depth" + 1
       from public."ApiKey" p join line on p."id" = line."createdByKeyId" where line."depth" < 20)
     select coalesce(json_agg(json_build_object('id', line."id", 'budget', line."budget", 'requestsPerMinute', line."requestsPerMinute")
       order by line."depth"), '[]'::json) from line)
  from public."ApiKey" k join public."Organization" o on o."id" = k."organizationId" join public."Role" r on r."id" = k."roleId"
  left join public."Membership" m on m."organizationId" = k."organizationId" and m."userId" = k."createdById" and m."status" = 'ACTIVE'
  where (k."prefix" = key_prefix or k."previousPrefix" = key_prefix)
    and (k."createdById" is null or m."id" is not null)
$$;

create or replace function public.auth_touch_api_key(key_id uuid) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update public."ApiKey" set "lastUsedAt" = now() where "id" = key_id and ("lastUsedAt" is null or "lastUsedAt" < now() - interval '1 minute')
$$;

-- An account by its address: no longer with the hash of its password, which a sign-in alone needs and asks for by another function.
drop function public.auth_find_account(text);
create function public.auth_find_account(address text)
returns table ("userId" uuid, "emailVerified" boolean, "erasedAt" timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select u."id", u."emailVerified", u."erasedAt" from public."User" u where lower(u."email") = lower(address)
$$;

create or replace function public.auth_refresh_token(token_digest text)
returns table ("userId" uuid, "sessionId" uuid, "expiresAt" timestamptz, "usedAt" timestamptz, "usedBy" text,
  "sessionExpiresAt" timestamptz, "revokedAt" timestamptz, "delivery" text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t."userId", t."sessionId", t."expiresAt", t."usedAt", t."usedBy", s."expiresAt", s."revokedAt", s."delivery"
  from public."RefreshToken" t join public."Session" s on s."id" = t."sessionId" where t."digest" = token_digest
$$;

create or replace function public.auth_account_token(token_digest text)
returns table ("userId" uuid, "purpose" text, "email" text, "expiresAt" timestamptz, "usedAt" timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t."userId", t."purpose"::text, t."email", t."expiresAt", t."usedAt" from public."AccountToken" t where t."digest" = token_digest
$$;

-- The memberships of the account that the connection is bound to, and of no other.
create or replace function public.auth_memberships(account_id uuid)
returns table ("membershipId" uuid, "organizationId" uuid, "slug" text, "name" text, "status" text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select m."id", o."id", o."slug", o."name", m."status"::text
  from public."Membership" m join public."Organization" o on o."id" = m."organizationId"
  where m."userId" = account_id and account_id = public.current_user_id() and m."status" <> 'REMOVED' order by m."joinedAt", m."id"
$$;

create or replace function public.auth_invitation(token_digest text)
returns table ("id" uuid, "organizationId" uuid, "email" text, "roleId" uuid, "expiresAt" timestamptz, "acceptedAt" timestamptz, "revokedAt" timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select i."id", i."organizationId", i."email", i."roleId", i."expiresAt", i."acceptedAt", i."revokedAt"
  from public."Invitation" i
  where i."digest" = token_digest
    and (i."invitedById" is null or exists (
      select from public."Membership" m
      where m."organizationId" = i."organizationId" and m."userId" = i."invitedById" and m."status" = 'ACTIVE'))
$$;

create or replace function public.auth_organization(wanted text)
returns table ("id" uuid, "slug" text, "name" text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select o."id", o."slug", o."name" from public."Organization" o where o."slug" = wanted or o."id"::text = lower(wanted)
$$;

-- Counters, as before.
create or replace function public.record_operation_uses(batch jsonb) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with uses as (
    select u."operationId", u."organizationId", u."apiKeyId", u."day", sum(u."count")::integer as "count"
    from jsonb_to_recordset(batch) as u("operationId" uuid, "organizationId" uuid, "apiKeyId" uuid, "day" date, "count" integer)
    join public."PersistedOperation" o on o."id" = u."operationId" and (o."organizationId" is null or o."organizationId" = u."organizationId")
    left join public."ApiKey" k on k."id" = u."apiKeyId" and k."organizationId" = u."organizationId"
    where u."count" > 0 and (u."apiKeyId" is null or k."id" is not null)
      and exists (select from public."Organization" g where g."id" = u."organizationId")
    group by 1, 2, 3, 4
    -- One order for all replicas, so that two batches never wait for each other.
    order by 1, 2, 3, 4
  ), by_key as (
    insert into public."PersistedOperationUse" ("id", "organizationId", "operationId", "apiKeyId", "day", "count")
    select gen_random_uuid(), "organizationId", "operationId", "apiKeyId", "day", "count" from uses where "apiKeyId" is not null
    on conflict ("organizationId", "operationId", "apiKeyId", "day")
      do update set "count" = "PersistedOperationUse"."count" + excluded."count"
  )
  insert into public."PersistedOperationUse" ("id", "organizationId", "operationId", "apiKeyId", "day", "count")
  select gen_random_uuid(), "organizationId", "operationId", null, "day", "count" from uses where "apiKeyId" is null
  on conflict ("organizationId", "operationId", "day") where "apiKeyId" is null
    do update set "count" = "PersistedOperationUse"."count" + excluded."count";

  with latest as (
    select "operationId", max("lastUsedAt") as "lastUsedAt"
    from jsonb_to_recordset(batch) as b("operationId" uuid, "lastUsedAt" timestamptz) group by 1
  ), due as (
    select o."id", l."lastUsedAt" from public."PersistedOperation" o join latest l on l."operationId" = o."id"
    where o."lastUsedAt" is null or o."lastUsedAt" < l."lastUsedAt" order by o."id" for update of o
  )
  update public."PersistedOperation" o set "lastUsedAt" = due."lastUsedAt" from due where o."id" = due."id"
$$;

-- Which operations were used most in the last seven days: ids alone, and to a connection that is bound to nobody. Their texts are read
-- one organization at a time, as row-level security lets it.
drop function public.most_used_operations(integer);
create function public.most_used_operations(wanted integer)
returns table ("id" uuid, "organizationId" uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if public.current_organization_id() is not null or public.current_user_id() is not null then
    raise exception 'What is used most is the gateway''s to ask, on behalf of nobody.' using errcode = 'insufficient_privilege';
  end if;
  return query
    select o."id", o."organizationId"
    from public."PersistedOperation" o
    left join (
      select use."operationId", sum(use."count") as "total" from public."PersistedOperationUse" use
      where use."day" >= current_date - 7 group by 1
    ) u on u."operationId" = o."id"
    where o."retiredAt" is null
    order by u."total" desc nulls last, o."lastUsedAt" desc nulls last, o."id" desc
    limit wanted;
end
$$;

-- As before.
create or replace function public.applied_migrations() returns table ("name" text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select "migration_name"::text from public."_prisma_migrations" where "finished_at" is not null and "rolled_back_at" is null;
end
$$;

create or replace function public.auth_uuid7() returns uuid language sql volatile set search_path = pg_catalog, public, pg_temp as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

create or replace function public.auth_sign_in_account(address text, network text)
returns table ("userId" uuid, "emailVerified" boolean, "mfaEnabled" boolean, "erasedAt" timestamptz, "hash" text, "knownNetwork" boolean)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select u."id", u."emailVerified", u."mfaEnabled", u."erasedAt", p."hash",
    exists (
      select from (
        select e."ip" from public."AuditEvent" e
        where e."actorId" = u."id" and e."action" in ('session.signIn', 'password.reset') and e."at" > now() - interval '90 days'
        order by e."at" desc limit 200
      ) proof
      where case when proof."ip" ~ '^[0-9a-fA-F:.]{2,45}$' and network ~ '^[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?$'
        then proof."ip"::inet <<= network::inet else false end
    )
  from public."User" u left join public."Password" p on p."userId" = u."id" where lower(u."email") = lower(address)
$$;

-- Puts an event of the account that the connection is bound to on record in each of its organizations, or in none where it is in none or
-- unknown (null). Nobody but this account is named as the one who acted.
create or replace function public.auth_record_account_event(
  account_id uuid, actor_type text, actor_id uuid, action text, target_type text, target_id text, ip text, request_id text, details jsonb
) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if (account_id is not null and account_id is distinct from public.current_user_id())
    or (actor_id is not null and actor_id is distinct from account_id) then
    raise exception 'The connection is not bound to this account.' using errcode = 'insufficient_privilege';
  end if;
  with places as (
    select m."organizationId" from public."Membership" m where m."userId" = account_id and m."status" <> 'REMOVED'
  )
  insert into public."AuditEvent" ("id", "organizationId", "actorType", "actorId", "action", "targetType", "targetId", "ip", "requestId", "details")
  select public.auth_uuid7(), p."organizationId", actor_type, actor_id, action, target_type, target_id, ip, request_id, details
  from (select "organizationId" from places union all select null::uuid where not exists (select from places)) p;
end
$$;

-- Ends all memberships of the account that the connection is bound to, as before.
create or replace function public.auth_end_memberships(account_id uuid, ip text, request_id text)
returns table ("organizationId" uuid, "lastOwner" boolean)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  blocking uuid[];
  ended uuid[];
begin
  if account_id is distinct from public.current_user_id() then
    raise exception 'The connection is not bound to this account.' using errcode = 'insufficient_privilege';
  end if;
  -- First of all, so that an invitation that is being accepted is either seen below or finds the account erased.
  perform u."id" from public."User" u where u."id" = account_id for update;
  perform o."id" from public."Organization" o
    where exists (select from public."Membership" m where m."organizationId" = o."id" and m."userId" = account_id and m."status" <> 'REMOVED')
    order by o."id" for update;
  select coalesce(array_agg(m."organizationId"), '{}') into blocking
  from public."Membership" m join public."MembershipRole" mr on mr."membershipId" = m."id" join public."Role" r on r."id" = mr."roleId"
  where m."userId" = account_id and m."status" = 'ACTIVE' and r."system" and r."key" = 'owner'
    and not exists (
      select from public."Membership" other
      join public."MembershipRole" omr on omr."membershipId" = other."id" join public."Role" orole on orole."id" = omr."roleId"
      where other."organizationId" = m."organizationId" and other."userId" <> account_id and other."status" = 'ACTIVE'
        and orole."system" and orole."key" = 'owner'
    );
  if cardinality(blocking) > 0 then
    return query select b, true from unnest(blocking) b;
    return;
  end if;
  select coalesce(array_agg(m."organizationId"), '{}') into ended
  from public."Membership" m where m."userId" = account_id and m."status" <> 'REMOVED';
  delete from public."MembershipRole" mr using public."Membership" m where m."id" = mr."membershipId" and m."userId" = account_id;
  update public."Membership" m set "status" = 'REMOVED', "updatedAt" = now() where m."userId" = account_id;
  update public."ApiKey" k set "revokedAt" = now() where k."createdById" = account_id and k."revokedAt" is null;
  update public."Invitation" i set "revokedAt" = now()
    where i."invitedById" = account_id and i."revokedAt" is null and i."acceptedAt" is null;
  update public."Invitation" i set "email" = 'erased-' || i."id"::text || '@erased.invalid', "revokedAt" = coalesce(i."revokedAt", now())
    from public."User" u where u."id" = account_id and lower(i."email") = lower(u."email");
  insert into public."AuditEvent" ("id", "organizationId", "actorType", "actorId", "action", "targetType", "targetId", "ip", "requestId", "details")
    select public.auth_uuid7(), e, 'User', account_id, 'account.delete', 'User', account_id::text, ip, request_id, '{}'::jsonb from unnest(ended) e;
  return query select e, false from unnest(ended) e;
end
$$;

do $$
declare
  signature text;
begin
  foreach signature in array array['auth_find_account(text)', 'most_used_operations(integer)']
  loop
    execute format('revoke all on function public.%s from public', signature);
    execute format('grant execute on function public.%s to fieldgate_gateway', signature);
  end loop;
end
$$;

-- A membership is made for the account that joins, which the connection is then bound to, and never goes to another: a row for a stranger
-- would open their account to the organization, since whoever is a member is seen.
drop policy tenant on public."Membership";
create policy tenant_select on public."Membership" for select to fieldgate_gateway
  using ("organizationId" = (select public.current_organization_id()));
create policy tenant_insert on public."Membership" for insert to fieldgate_gateway
  with check ("organizationId" = (select public.current_organization_id()) and "userId" = (select public.current_user_id()));
create policy tenant_update on public."Membership" for update to fieldgate_gateway
  using ("organizationId" = (select public.current_organization_id()))
  with check ("organizationId" = (select public.current_organization_id()));
create policy tenant_delete on public."Membership" for delete to fieldgate_gateway
  using ("organizationId" = (select public.current_organization_id()));
revoke update on public."Membership" from fieldgate_gateway;
grant update ("status", "joinedAt", "updatedAt") on public."Membership" to fieldgate_gateway;

-- PostgreSQL lets everybody make temporary tables, and before version 15 objects in public. `npm run db:migrate` sees to it again at each run,
-- since a restored database has lost it; whoever owns the tables but not the database leaves it to the database's owner, and the
-- gateway does not start before.
revoke create on schema public from public;
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
exception when insufficient_privilege then
  raise notice 'Only the owner of the database can take TEMPORARY from PUBLIC.';
end
$$;
