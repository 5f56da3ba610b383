-- Registered operations across organizations: what the gateway does for itself, on behalf of no viewer.

-- Adds a batch of uses: [{"operationId", "organizationId", "apiKeyId", "day", "count", "lastUsedAt"}]. Counters only ever grow by it,
-- and a use of another organization's operation, or by another organization's key, is not counted.
create function record_operation_uses(batch jsonb) returns void
language sql security definer set search_path = pg_catalog, public as $$
  with uses as (
    select u."operationId", u."organizationId", u."apiKeyId", u."day", sum(u."count")::integer as "count"
    from jsonb_to_recordset(batch) as u("operationId" uuid, "organizationId" uuid, "apiKeyId" uuid, "day" date, "count" integer)
    join "PersistedOperation" o on o."id" = u."operationId" and (o."organizationId" is null or o."organizationId" = u."organizationId")
    left join "ApiKey" k on k."id" = u."apiKeyId" and k."organizationId" = u."organizationId"
    where u."count" > 0 and (u."apiKeyId" is null or k."id" is not null)
      and exists (select from "Organization" g where g."id" = u."organizationId")
    group by 1, 2, 3, 4
    -- One order for all replicas, so that two batches never wait for each other.
    order by 1, 2, 3, 4
  ), by_key as (
    insert into "PersistedOperationUse" ("id", "organizationId", "operationId", "apiKeyId", "day", "count")
    select gen_random_uuid(), "organizationId", "operationId", "apiKeyId", "day", "count" from uses where "apiKeyId" is not null
    on conflict ("organizationId", "operationId", "apiKeyId", "day")
      do update set "count" = "PersistedOperationUse"."count" + excluded."count"
  )
  insert into "PersistedOperationUse" ("id", "organizationId", "operationId", "apiKeyId", "day", "count")
  select gen_random_uuid(), "organizationId", "operationId", null, "day", "count" from uses where "apiKeyId" is null
  on conflict ("organizationId", "operationId", "day") where "apiKeyId" is null
    do update set "count" = "PersistedOperationUse"."count" + excluded."count";

  with latest as (
    select "operationId", max("lastUsedAt") as "lastUsedAt"
    from jsonb_to_recordset(batch) as b("operationId" uuid, "lastUsedAt" timestamptz) group by 1
  ), due as (
    select o."id", l."lastUsedAt" from "PersistedOperation" o join latest l on l."operationId" = o."id"
    where o."lastUsedAt" is null or o."lastUsedAt" < l."lastUsedAt" order by o."id" for update of o
  )
  update "PersistedOperation" o set "lastUsedAt" = due."lastUsedAt" from due where o."id" = due."id"
$$;

-- The operations that a starting process compiles first: those used most in the last seven days, of all organizations.
create function most_used_operations(wanted integer)
returns table ("id" uuid, "organizationId" uuid, "client" text, "sha256" text, "body" text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select o."id", o."organizationId", o."client", o."sha256", o."body"
  from "PersistedOperation" o
  left join (
    select "operationId", sum("count") as "total" from "PersistedOperationUse" where "day" >= current_date - 7 group by 1
  ) u on u."operationId" = o."id"
  where o."retiredAt" is null
  order by u."total" desc nulls last, o."lastUsedAt" desc nulls last, o."id" desc
  limit wanted
$$;

do $$
declare
  signature text;
begin
  foreach signature in array array['record_operation_uses(jsonb)', 'most_used_operations(integer)']
  loop
    execute format('revoke all on function %s from public', signature);
    execute format('grant execute on function %s to fieldgate_gateway', signature);
  end loop;
end
$$;
