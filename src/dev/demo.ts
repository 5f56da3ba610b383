/**
 * The demo data: two organizations that know nothing of each other, with an account for each role and a partner's key, and what the
 * domain adds to each. Written by the owner's role, all at once or not at all; a database that has organizations is left as it is.
 */
// Roles hold what every noun declares.
import '../schema.ts';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { systemRole, systemRoleKeys } from '../authorization/roles.ts';
import { createApiKeySecret } from '../identity/authentication/api-key.ts';
import { hashPassword } from '../identity/authentication/password.ts';
import { installedDomain } from '../installed-domain.ts';
import type { DemoRow, DemoTools } from '../nouns/domain.ts';

/** The password of every demo account. */
export const demoPassword = 'Fieldgate-demo-1';

/** The partner keys of the demo organizations, by slug. */
export interface DemoSecrets {
  readonly partnerKeys: Readonly<Record<string, string>>;
}

/** Options of {@link seedDemo}. */
export interface SeedOptions {
  /** Of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Where `demo.json` and the demo files go. */
  readonly dataDir: string;
  /** Multiplies the rows of the domain. */
  readonly scale: number;
}

const roleAccounts = ['owner', 'admin', 'manager', 'member', 'guest', 'auditor'] as const;
const organizations = ['acme', 'globex'] as const;
const firstNames = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald'];

/**
 * Writes the demo data.
 * @returns the partner keys; those of an earlier run when the data is there.
 */
export async function seedDemo({ ownerUrl, dataDir, scale }: SeedOptions): Promise<DemoSecrets> {
  const secretsPath = join(dataDir, 'demo.json');
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('lock table "Organization" in share row exclusive mode');
    const { rowCount } = await client.query('select 1 from "Organization" limit 1');
    if (rowCount) {
      await client.query('rollback');
      return JSON.parse(await readFile(secretsPath, 'utf8').catch(() => '{"partnerKeys":{}}')) as DemoSecrets;
    }
    const insert = async (table: string, rows: readonly DemoRow[]): Promise<void> => {
      await client.query(`insert into "${table}" select * from jsonb_populate_recordset(null::"${table}", $1::jsonb)`, [
        JSON.stringify(rows),
      ]);
    };
    const secrets = await insertAll(insert, dataDir, scale);
    await client.query('analyze');
    await mkdir(dataDir, { recursive: true });
    await writeFile(secretsPath, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    await client.query('commit');
    return secrets;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    await client.end();
  }
}

async function insertAll(
  insert: (table: string, rows: readonly DemoRow[]) => Promise<void>,
  dataDir: string,
  scale: number,
): Promise<DemoSecrets> {
  const now = Date.now();
  const at = (daysAgo: number, seconds = 0) => new Date(now - daysAgo * 86_400_000 + seconds * 1_000).toISOString();
  const domainDemo = await installedDomain.demo?.();
  const tools: DemoTools = { insert, at, scale, filesFolder: join(dataDir, 'files') };
  const accounts = [
    ...organizations.flatMap((slug) => roleAccounts.map((role) => ({ slug, role, email: `${role}@${slug}.example` }))),
  ];
  const hashes = await Promise.all([...accounts, null].map(() => hashPassword(demoPassword)));
  const userRow = (name: string, email: string, index: number) => ({
    id: uuid(),
    name,
    avatarUrl: null,
    email,
    emailVerified: true,
    phone: `+1 555 01${String(index).padStart(2, '0')}`,
    mfaEnabled: false,
    lastSignInAt: null,
    erasedAt: null,
    createdAt: at(400 - index),
    updatedAt: at(400 - index),
  });
  const users = accounts.map(({ slug, role, email }, index) =>
    userRow(`${firstNames[index % firstNames.length]} ${slug === 'acme' ? 'Acme' : 'Globex'} (${role})`, email, index),
  );
  const both = userRow('Bo Both', 'both@example.com', users.length);
  const everybody = [...users, both];
  await insert('User', everybody);
  await insert(
    'Password',
    everybody.map(({ id }, index) => ({ userId: id, hash: hashes[index], changedAt: at(100) })),
  );

  const partnerKeys: Record<string, string> = {};
  for (const [organizationIndex, slug] of organizations.entries()) {
    const organizationId = uuid();
    const createdAt = at(300);
    const stamps = { createdAt, updatedAt: createdAt };
    await insert('Organization', [
      {
        id: organizationId,
        slug,
        name: slug === 'acme' ? 'Acme Corporation' : 'Globex',
        plan: slug === 'acme' ? 'business' : 'free',
        ...stamps,
      },
    ]);
    const roles = systemRoleKeys.map((key) => ({
      id: uuid(),
      organizationId,
      key,
      name: systemRole(key).name,
      description: systemRole(key).description,
      system: true,
      permissions: systemRole(key).permissions,
      ...stamps,
    }));
    await insert('Role', roles);
    const roleId = (key: string) => roles.find((role) => role.key === key)?.id;
    const people = [
      ...accounts.flatMap((account, index) =>
        account.slug === slug ? [{ userId: users[index]!.id, role: account.role as string }] : [],
      ),
      { userId: both.id, role: slug === 'acme' ? 'member' : 'guest' },
    ];
    const memberships = people.map(({ userId, role }, index) => ({
      id: uuid(),
      organizationId,
      userId,
      status: 'ACTIVE',
      // The first membership of somebody in both is acme's.
      joinedAt: at(200 - organizationIndex * 50 - index),
      updatedAt: createdAt,
      role,
    }));
    await insert('Membership', memberships);
    await insert(
      'MembershipRole',
      memberships.map(({ id, role }) => ({ organizationId, membershipId: id, roleId: roleId(role), createdAt })),
    );
    const idOf = (role: string) => people.find((person) => person.role === role)!.userId;
    const key = createApiKeySecret();
    partnerKeys[slug] = key.secret;
    await insert('ApiKey', [
      {
        id: uuid(),
        organizationId,
        name: 'Demo partner',
        client: 'partner',
        prefix: key.prefix,
        digest: key.digest,
        roleId: roleId('partner'),
        scopes: systemRole('partner').permissions,
        allowAdHoc: false,
        allowedNetworks: [],
        createdById: idOf('admin'),
        createdAt,
      },
    ]);
    await domainDemo?.organization?.(
      { id: organizationId, index: organizationIndex, slug, createdAt, personOf: idOf },
      tools,
    );
  }
  await domainDemo?.deployment?.(tools);
  return { partnerKeys };
}
