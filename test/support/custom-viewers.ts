/** People and keys of acme who hold exactly the permissions that a test gives them. */
import { v7 as makeId } from 'uuid';
import { createApiKeySecret } from '../../src/identity/authentication/api-key.ts';
import type { Credential } from './client.ts';
import type { TestGateway } from './gateway.ts';

type Gateway = Pick<TestGateway, 'organizations' | 'database' | 'viewers'>;

/** Somebody in acme with a custom role of these permissions alone. */
export async function personWith(
  { organizations: { acme }, database, viewers }: Gateway,
  permissions: readonly string[],
): Promise<Credential> {
  const [id, membershipId, roleId, sessionId] = [makeId(), makeId(), makeId(), makeId()];
  await database.query('insert into "User" ("id", "name", "email", "updatedAt") values ($1, $2, $3, now())', [
    id,
    'Custom',
    `${id}@acme.example`,
  ]);
  await database.query(
    'insert into "Membership" ("id", "organizationId", "userId", "updatedAt") values ($1, $2, $3, now())',
    [membershipId, acme.id, id],
  );
  await database.query(
    'insert into "Role" ("id", "organizationId", "key", "name", "permissions", "updatedAt") values ($1, $2, $3, $3, $4, now())',
    [roleId, acme.id, `custom-${roleId}`, permissions],
  );
  await database.query(
    'insert into "MembershipRole" ("organizationId", "membershipId", "roleId") values ($1, $2, $3)',
    [acme.id, membershipId, roleId],
  );
  await database.query(
    'insert into "Session" ("id", "userId", "expiresAt") values ($1, $2, now() + interval \'1 day\')',
    [sessionId, id],
  );
  return { authorization: `Bearer ${await viewers.tokenOf({ id, sessionId })}` };
}

/** A key of acme's owner role, cut to these scopes, which may send texts. */
export async function keyWith(
  { organizations: { acme }, database }: Gateway,
  scopes: readonly string[],
): Promise<Credential> {
  const { secret, prefix, digest } = createApiKeySecret();
  await database.query(
    `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "scopes", "allowAdHoc", "allowedNetworks")
     select $1, $2, 'Random', 'random', $3, $4, r."id", $5, true, '{}' from "Role" r where r."organizationId" = $2 and r."key" = 'owner'`,
    [makeId(), acme.id, prefix, digest, scopes],
  );
  return { 'x-api-key': secret };
}
