-- What identity needs beyond one account or one organization. As with the other look-ups: narrow functions, a fixed search path,
-- for the gateway's role only.

-- A time-ordered id (RFC 9562), also where the server has no uuidv7() of its own.
create function auth_uuid7() returns uuid language sql volatile set search_path = pg_catalog as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- An account by its address, with what a sign-in needs, and whether somebody has proven to be its owner from this network within
-- the last 90 days: such a network has attempts of its own, which a stranger cannot use up.
create function auth_sign_in_account(address text, network text)
returns table ("userId" uuid, "emailVerified" boolean, "mfaEnabled" boolean, "erasedAt" timestamptz, "hash" text, "knownNetwork" boolean)
language sql stable security definer set search_path = pg_catalog, public as $$
  select u."id", u."emailVerified", u."mfaEnabled", u."erasedAt", p."hash",
    exists (
      select from "AuditEvent" e
      where e."actorId" = u."id" and e."action" in ('session.signIn', 'password.reset') and e."at" > now() - interval '90 days'
        and case when e."ip" ~ '^[0-9a-fA-F:.]{2,45}$' and network ~ '^[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?$'
          then e."ip"::inet <<= network::inet else false end
    )
  from "User" u left join "Password" p on p."userId" = u."id" where lower(u."email") = lower(address)
$$;

-- Puts an event of an account on record in each of its organizations, or in none where it is in none.
create function auth_record_account_event(
  account_id uuid, actor_type text, actor_id uuid, action text, target_type text, target_id text, ip text, request_id text, details jsonb
) returns void
language sql security definer set search_path = pg_catalog, public as $$
  with places as (
    select m."organizationId" from "Membership" m where m."userId" = account_id and m."status" <> 'REMOVED'
  )
  insert into "AuditEvent" ("id", "organizationId", "actorType", "actorId", "action", "targetType", "targetId", "ip", "requestId", "details")
  select public.auth_uuid7(), p."organizationId", actor_type, actor_id, action, target_type, target_id, ip, request_id, details
  from (select "organizationId" from places union all select null::uuid where not exists (select from places)) p
$$;

-- Ends all memberships of an account that is about to be erased: roles go, keys that it made are revoked, each organization has it on
-- record. Answers the organizations in which it is the last active owner; when there are any, nothing is changed.
create function auth_end_memberships(account_id uuid, ip text, request_id text)
returns table ("organizationId" uuid, "lastOwner" boolean)
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  blocking uuid[];
  ended uuid[];
begin
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
  update "Invitation" i set "email" = 'erased-' || i."id"::text || '@erased.invalid', "revokedAt" = coalesce(i."revokedAt", now())
    from "User" u where u."id" = account_id and lower(i."email") = lower(u."email");
  insert into "AuditEvent" ("id", "organizationId", "actorType", "actorId", "action", "targetType", "targetId", "ip", "requestId", "details")
    select public.auth_uuid7(), e, 'User', account_id, 'account.delete', 'User', account_id::text, ip, request_id, '{}'::jsonb from unnest(ended) e;
  return query select e, false from unnest(ended) e;
end
$$;

do $$
declare
  signature text;
begin
  foreach signature in array array['auth_uuid7()', 'auth_sign_in_account(text, text)',
    'auth_record_account_event(uuid, text, uuid, text, text, text, text, text, jsonb)', 'auth_end_memberships(uuid, text, text)']
  loop
    execute format('revoke all on function %s from public', signature);
    execute format('grant execute on function %s to fieldgate_gateway', signature);
  end loop;
end
$$;
