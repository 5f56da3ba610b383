-- What somebody made goes with them: a key that a key made ends with it, and with the person who stands behind both; an invitation
-- opens nothing while whoever sent it is no active member.

alter table "ApiKey" add column "createdByKeyId" uuid references "ApiKey" ("id") on delete set null;
create index "ApiKey_createdByKeyId_idx" on "ApiKey" ("createdByKeyId");

alter table "Invitation" add column "invitedByKeyId" uuid references "ApiKey" ("id") on delete set null;
create index "Invitation_invitedByKeyId_idx" on "Invitation" ("invitedByKeyId");

-- Keys that keys made until now: the audit log knows which.
update "ApiKey" k set "createdByKeyId" = maker."id"
from "AuditEvent" e join "ApiKey" maker on maker."id" = e."actorId"
where e."action" = 'apiKey.create' and e."actorType" = 'ApiKey' and e."targetId" = k."id"::text
  and maker."organizationId" = k."organizationId" and k."createdById" is null;

with recursive line ("id", "createdById") as (
  select k."id", k."createdById" from "ApiKey" k where k."createdByKeyId" is null and k."createdById" is not null
  union all
  select k."id", line."createdById" from "ApiKey" k join line on k."createdByKeyId" = line."id"
)
update "ApiKey" k set "createdById" = line."createdById" from line where line."id" = k."id" and k."createdById" is null;

-- An API key by its public prefix, as before; a key rests while the person behind it is no active member, and may do no more than they
-- may: their roles are answered beside its own (null where nobody stands behind it). Its use counts for the keys that made it, too.
drop function auth_api_key(text);
create function auth_api_key(key_prefix text)
returns table (
  "id" uuid, "organizationId" uuid, "slug" text, "client" text, "digest" text, "validUntil" timestamptz, "scopes" text[],
  "allowAdHoc" boolean, "allowedNetworks" text[], "budget" integer, "requestsPerMinute" integer,
  "expiresAt" timestamptz, "revokedAt" timestamptz, "role" json, "makerRoles" json, "makers" json
)
language sql stable security definer set search_path = pg_catalog, public as $$
  select k."id", k."organizationId", o."slug", k."client",
    case when k."prefix" = key_prefix then k."digest" else k."previousDigest" end,
    case when k."prefix" = key_prefix then null else k."previousUntil" end,
    k."scopes", k."allowAdHoc", k."allowedNetworks", k."budget", k."requestsPerMinute", k."expiresAt", k."revokedAt",
    json_build_object('id', r."id", 'key', r."key", 'system', r."system", 'permissions', r."permissions"),
    case when k."createdById" is null then null else (
      select coalesce(json_agg(json_build_object('id', mr."id", 'key', mr."key", 'system', mr."system", 'permissions', mr."permissions")), '[]'::json)
      from "MembershipRole" held join "Role" mr on mr."id" = held."roleId" where held."membershipId" = m."id") end,
    (with recursive line ("id", "budget", "requestsPerMinute", "createdByKeyId", "depth") as (
       select p."id", p."budget", p."requestsPerMinute", p."createdByKeyId", 1 from "ApiKey" p where p."id" = k."createdByKeyId"
       union all
       select p."id", p."budget", p."requestsPerMinute", p."createdByKeyId", line."depth" + 1
       from "ApiKey" p join line on p."id" = line."createdByKeyId" where line."depth" < 20)
     select coalesce(json_agg(json_build_object('id', line."id", 'budget', line."budget", 'requestsPerMinute', line."requestsPerMinute")
       order by line."depth"), '[]'::json) from line)
  from "ApiKey" k join "Organization" o on o."id" = k."organizationId" join "Role" r on r."id" = k."roleId"
  left join "Membership" m on m."organizationId" = k."organizationId" and m."userId" = k."createdById" and m."status" = 'ACTIVE'
  where (k."prefix" = key_prefix or k."previousPrefix" = key_prefix)
    and (k."createdById" is null or m."id" is not null)
$$;
revoke all on function auth_api_key(text) from public;
grant execute on function auth_api_key(text) to fieldgate_gateway;

-- An invitation by the digest of its token, as before; none whose sender is no active member.
create or replace function auth_invitation(token_digest text)
returns table ("id" uuid, "organizationId" uuid, "email" text, "roleId" uuid, "expiresAt" timestamptz, "acceptedAt" timestamptz, "revokedAt" timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
  select i."id", i."organizationId", i."email", i."roleId", i."expiresAt", i."acceptedAt", i."revokedAt"
  from "Invitation" i
  where i."digest" = token_digest
    and (i."invitedById" is null or exists (
      select from "Membership" m
      where m."organizationId" = i."organizationId" and m."userId" = i."invitedById" and m."status" = 'ACTIVE'))
$$;

-- Ends all memberships of an account that is about to be erased, as before; the invitations that it sent end too, and nobody accepts one
-- for it meanwhile.
create or replace function auth_end_memberships(account_id uuid, ip text, request_id text)
returns table ("organizationId" uuid, "lastOwner" boolean)
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  blocking uuid[];
  ended uuid[];
begin
  -- First of all, so that an invitation that is being accepted is either seen below or finds the account erased.
  perform u."id" from "User" u where u."id" = account_id for update;
  perform o."id" from "Organization" o
    where exists (select from "Membership" m where m."organizationId" = o."id" and m."userId" = account_id and m."status" <> 'REMOVED')
    order by o."id" for update;
  select coalesce(array_agg(m."organizationId"), '{}') into blocking
  from "Membership" m join "MembershipRole" mr on mr."membershipId" = m."id" join "Role" r on r."id" = mr."roleId"
  where m."userId" = account_id and m."status" = 'ACTIVE' and r."system" and r."key" = 'owner'
    and not exists (
      select from "Membership" other
      join "MembershipRole" omr on omr."membershipId" = other."id" join "Role" orole on orole."id" = omr."roleId"
      where other."organizationId" = m."organizationId" and other."userId" <> account_id and other."status" = 'ACTIVE'
        and orole."system" and orole."key" = 'owner'
    );
  if cardinality(blocking) > 0 then
    return query select b, true from unnest(blocking) b;
    return;
  end if;
  select coalesce(array_agg(m."organizationId"), '{}') into ended
  from "Membership" m where m."userId" = account_id and m."status" <> 'REMOVED';
  delete from "MembershipRole" mr using "Membership" m where m."id" = mr."membershipId" and m."userId" = account_id;
  update "Membership" m set "status" = 'REMOVED', "updatedAt" = now() where m."userId" = account_id;
  update "ApiKey" k set "revokedAt" = now() where k."createdById" = account_id and k."revokedAt" is null;
  update "Invitation" i set "revokedAt" = now()
    where i."invitedById" = account_id and i."revokedAt" is null and i."acceptedAt" is null;
  update "Invitation" i set "email" = 'erased-' || i."id"::text || '@erased.invalid', "revokedAt" = coalesce(i."revokedAt", now())
    from "User" u where u."id" = account_id and lower(i."email") = lower(u."email");
  insert into "AuditEvent" ("id", "organizationId", "actorType", "actorId", "action", "targetType", "targetId", "ip", "requestId", "details")
    select public.auth_uuid7(), e, 'User', account_id, 'account.delete', 'User', account_id::text, ip, request_id, '{}'::jsonb from unnest(ended) e;
  return query select e, false from unnest(ended) e;
end
$$;
