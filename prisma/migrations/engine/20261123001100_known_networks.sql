-- Whether a network is known must cost the same for an account with a long history as for one without: otherwise the time of a
-- failed sign-in would tell that the account exists. An index of its own, and the latest 200 proofs.
create index "AuditEvent_proofs_idx" on "AuditEvent" ("actorId", "at" desc) where "action" in ('session.signIn', 'password.reset');

create or replace function auth_sign_in_account(address text, network text)
returns table ("userId" uuid, "emailVerified" boolean, "mfaEnabled" boolean, "erasedAt" timestamptz, "hash" text, "knownNetwork" boolean)
language sql stable security definer set search_path = pg_catalog, public as $$
  select u."id", u."emailVerified", u."mfaEnabled", u."erasedAt", p."hash",
    exists (
      select from (
        select e."ip" from "AuditEvent" e
        where e."actorId" = u."id" and e."action" in ('session.signIn', 'password.reset') and e."at" > now() - interval '90 days'
        order by e."at" desc limit 200
      ) proof
      where case when proof."ip" ~ '^[0-9a-fA-F:.]{2,45}$' and network ~ '^[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?$'
        then proof."ip"::inet <<= network::inet else false end
    )
  from "User" u left join "Password" p on p."userId" = u."id" where lower(u."email") = lower(address)
$$;
