-- What must be looked up before the tenant or the account is known. Each function answers one narrow question by an unguessable
-- or unique key; the search path is fixed, and only the gateway's role may call them.

-- A session with its account and its membership in the chosen organization (slug or id; null: the only, else first). One row, or none
-- for an unknown session. The organization's columns are null when the account is in no such organization.
create function auth_session(session_id uuid, wanted text)
returns table (
  "userId" uuid, "revokedAt" timestamptz, "expiresAt" timestamptz, "erasedAt" timestamptz,
  "organizationId" uuid, "slug" text, "membershipId" uuid, "status" text, "roles" json
)
language sql stable security definer set search_path = pg_catalog, public as $$
  select s."userId", s."revokedAt", s."expiresAt", u."erasedAt", o."id", o."slug", m."id", m."status"::text,
    (select coalesce(json_agg(json_build_object('id', r."id", 'key', r."key", 'system', r."system", 'permissions', r."permissions") order by r."key"), '[]'::json)
       from "MembershipRole" mr join "Role" r on r."id" = mr."roleId" where mr."membershipId" = m."id")
  from "Session" s
  join "User" u on u."id" = s."userId"
  left join lateral (
    select m.* from "Membership" m join "Organization" o on o."id" = m."organizationId"
    where m."userId" = s."userId" and m."status" <> 'REMOVED'
      and (wanted is null or o."slug" = wanted or o."id"::text = lower(wanted))
    order by m."joinedAt", m."id" limit 1
  ) m on true
  left join "Organization" o on o."id" = m."organizationId"
  where s."id" = session_id
$$;

-- An API key by its public prefix (the present one, or the one before within a rotation's overlap), with its role.
create function auth_api_key(key_prefix text)
returns table (
  "id" uuid, "organizationId" uuid, "slug" text, "client" text, "digest" text, "validUntil" timestamptz, "scopes" text[],
  "allowAdHoc" boolean, "allowedNetworks" text[], "budget" integer, "requestsPerMinute" integer,
  "expiresAt" timestamptz, "revokedAt" timestamptz, "role" json
)
language sql stable security definer set search_path = pg_catalog, public as $$
  select k."id", k."organizationId", o."slug", k."client",
    case when k."prefix" = key_prefix then k."digest" else k."previousDigest" end,
    case when k."prefix" = key_prefix then null else k."previousUntil" end,
    k."scopes", k."allowAdHoc", k."allowedNetworks", k."budget", k."requestsPerMinute", k."expiresAt", k."revokedAt",
    json_build_object('id', r."id", 'key', r."key", 'system', r."system", 'permissions', r."permissions")
  from "ApiKey" k join "Organization" o on o."id" = k."organizationId" join "Role" r on r."id" = k."roleId"
  where k."prefix" = key_prefix or k."previousPrefix" = key_prefix
$$;

-- When a key was last used; at most one write a minute and key.
create function auth_touch_api_key(key_id uuid) returns void
language sql security definer set search_path = pg_catalog, public as $$
  update "ApiKey" set "lastUsedAt" = now() where "id" = key_id and ("lastUsedAt" is null or "lastUsedAt" < now() - interval '1 minute')
$$;

-- An account by its address, with what a sign-in needs.
create function auth_find_account(address text)
returns table ("userId" uuid, "emailVerified" boolean, "mfaEnabled" boolean, "erasedAt" timestamptz, "hash" text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select u."id", u."emailVerified", u."mfaEnabled", u."erasedAt", p."hash"
  from "User" u left join "Password" p on p."userId" = u."id" where lower(u."email") = lower(address)
$$;

-- A refresh token by its digest, with its session.
create function auth_refresh_token(token_digest text)
returns table ("userId" uuid, "sessionId" uuid, "expiresAt" timestamptz, "usedAt" timestamptz, "usedBy" text,
  "sessionExpiresAt" timestamptz, "revokedAt" timestamptz, "delivery" text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select t."userId", t."sessionId", t."expiresAt", t."usedAt", t."usedBy", s."expiresAt", s."revokedAt", s."delivery"
  from "RefreshToken" t join "Session" s on s."id" = t."sessionId" where t."digest" = token_digest
$$;

-- A token sent by mail, by its digest.
create function auth_account_token(token_digest text)
returns table ("userId" uuid, "purpose" text, "email" text, "expiresAt" timestamptz, "usedAt" timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
  select t."userId", t."purpose"::text, t."email", t."expiresAt", t."usedAt" from "AccountToken" t where t."digest" = token_digest
$$;

-- The memberships of an account.
create function auth_memberships(account_id uuid)
returns table ("membershipId" uuid, "organizationId" uuid, "slug" text, "name" text, "status" text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select m."id", o."id", o."slug", o."name", m."status"::text
  from "Membership" m join "Organization" o on o."id" = m."organizationId"
  where m."userId" = account_id and m."status" <> 'REMOVED' order by m."joinedAt", m."id"
$$;

-- An invitation by the digest of its token.
create function auth_invitation(token_digest text)
returns table ("id" uuid, "organizationId" uuid, "email" text, "roleId" uuid, "expiresAt" timestamptz, "acceptedAt" timestamptz, "revokedAt" timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
  select i."id", i."organizationId", i."email", i."roleId", i."expiresAt", i."acceptedAt", i."revokedAt"
  from "Invitation" i where i."digest" = token_digest
$$;

-- An organization by slug or id: for those who register with one, and for uniqueness of a slug.
create function auth_organization(wanted text)
returns table ("id" uuid, "slug" text, "name" text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select o."id", o."slug", o."name" from "Organization" o where o."slug" = wanted or o."id"::text = lower(wanted)
$$;

do $$
declare
  signature text;
begin
  foreach signature in array array['auth_session(uuid, text)', 'auth_api_key(text)', 'auth_touch_api_key(uuid)', 'auth_find_account(text)',
    'auth_refresh_token(text)', 'auth_account_token(text)', 'auth_memberships(uuid)', 'auth_invitation(text)', 'auth_organization(text)']
  loop
    execute format('revoke all on function %s from public', signature);
    execute format('grant execute on function %s to fieldgate_gateway', signature);
  end loop;
end
$$;
