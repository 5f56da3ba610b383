/**
 * The demo data: two organizations that know nothing of each other, with an account for each role, projects, tasks, comments and
 * files. Written by the owner's role, all at once or not at all; a database that has organizations is left as it is.
 */
// Roles hold what every noun declares.
import '../schema.ts';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { systemRole, systemRoleKeys } from '../authorization/roles.ts';
import { createApiKeySecret } from '../identity/authentication/api-key.ts';
import { hashPassword } from '../identity/authentication/password.ts';

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
  /** Multiplies the projects. */
  readonly scale: number;
}

type Row = Readonly<Record<string, unknown>>;

const roleAccounts = ['owner', 'admin', 'manager', 'member', 'guest', 'auditor'] as const;
const organizations = ['acme', 'globex'] as const;
const firstNames = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald'];
const projectNames = [
  'Apollo',
  'Borealis',
  'Cascade',
  'Delta',
  'Ember',
  'Fjord',
  'Glacier',
  'Harbor',
  'Iris',
  'Juniper',
];
const verbs = ['Draft', 'Review', 'Measure', 'Ship', 'Document', 'Rework', 'Test', 'Plan', 'Fix', 'Clean up'];
const things = [
  'the login page',
  'the invoice export',
  'the search index',
  'the price list',
  'the backup',
  'the onboarding mail',
];
/** What the registry would find out about the operations of the examples; a test compares. */
const inspected: Readonly<Record<string, { readonly cost: number; readonly requires: readonly string[] }>> = {
  PartnerProjects: { cost: 72, requires: ['project:read', 'task:read'] },
  Dashboard: { cost: 14, requires: ['project.budget:read', 'project:read'] },
  SignIn: { cost: 10, requires: [] },
  RefreshSession: { cost: 1, requires: [] },
  SignOut: { cost: 1, requires: [] },
  TaskChanges: { cost: 2, requires: ['task:read'] },
};

/** The registered operations of an example client, out of the manifest that its build wrote. */
async function operationsOf(
  client: 'partner' | 'frontend',
  organizationId: string | null,
  createdAt: unknown,
): Promise<Row[]> {
  const path = new URL(`../../examples/${client}/generated/persisted-documents.json`, import.meta.url);
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
  return Object.entries(manifest).map(([sha256, body]) => {
    const name = /^\w+ (\w+)/.exec(body)?.[1] ?? '';
    const facts = inspected[name] ?? { cost: 1, requires: [] };
    return { id: uuid(), organizationId, client, sha256, name, body, ...facts, createdAt };
  });
}

/** Chance that is the same at every run, so that tests and people see the same data. */
function createChance(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
  };
}

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
    const insert = async (table: string, rows: readonly Row[]): Promise<void> => {
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
  insert: (table: string, rows: readonly Row[]) => Promise<void>,
  dataDir: string,
  scale: number,
): Promise<DemoSecrets> {
  const now = Date.now();
  const at = (daysAgo: number, seconds = 0) => new Date(now - daysAgo * 86_400_000 + seconds * 1_000).toISOString();
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
    const chance = createChance(organizationIndex + 1);
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
    const workers = ['owner', 'admin', 'manager', 'member'].map(idOf);

    const projects = Array.from({ length: 20 * scale }, (_, index) => ({
      id: uuid(),
      organizationId,
      key: `${slug === 'acme' ? 'AC' : 'GX'}-${index + 1}`,
      name: `${projectNames[index % projectNames.length]} ${Math.floor(index / projectNames.length) + 1}`,
      description: `What ${slug} does about ${chance.pick(things)}.`,
      status: chance.pick(['PLANNED', 'ACTIVE', 'ACTIVE', 'ON_HOLD', 'COMPLETED']),
      leadId: index % 5 === 4 ? null : chance.pick(workers),
      budget: index % 7 === 6 ? null : ((chance.below(900) + 100) * 100).toFixed(2),
      spent: (chance.below(50_000) + chance.below(100) / 100).toFixed(2),
      lastTaskNumber: 50,
      createdAt: at(180, index),
      updatedAt: at(20, index * 60),
      archivedAt: index % 10 === 9 ? at(5) : null,
    }));
    await insert('Project', projects);
    await insert(
      'ProjectMember',
      projects.flatMap(({ id: projectId }) =>
        workers.slice(0, 2 + chance.below(3)).map((userId) => ({ organizationId, projectId, userId, createdAt })),
      ),
    );
    const tasks = projects.flatMap((project) =>
      Array.from({ length: 50 }, (_, index) => ({
        id: uuid(),
        organizationId,
        projectId: project.id,
        number: index + 1,
        title: `${chance.pick(verbs)} ${chance.pick(things)}`,
        description: '',
        status: chance.pick(['TODO', 'TODO', 'IN_PROGRESS', 'IN_REVIEW', 'DONE']),
        priority: chance.pick(['LOW', 'MEDIUM', 'MEDIUM', 'HIGH', 'URGENT']),
        assigneeId: chance.below(5) === 0 ? null : chance.pick(workers),
        reporterId: chance.pick(workers),
        dueAt: chance.below(3) === 0 ? null : at(-chance.below(60), index),
        estimateMinutes: chance.below(4) === 0 ? null : (chance.below(16) + 1) * 30,
        internalNotes: chance.below(3) === 0 ? `Internal: ask ${chance.pick(firstNames)} first.` : null,
        createdAt: at(150, index),
        updatedAt: at(10, index),
      })),
    );
    await insert('Task', tasks);
    await insert(
      'Comment',
      tasks
        .filter((_, index) => index % 5 === 0)
        .flatMap((task, index) =>
          Array.from({ length: 3 }, (_, number) => ({
            id: uuid(),
            organizationId,
            taskId: task.id,
            authorId: chance.pick(workers),
            body:
              number === 1
                ? 'Not for outside eyes: this is late.'
                : `Comment ${number + 1} on ${task.title.toLowerCase()}.`,
            internal: number === 1,
            createdAt: at(9, index * 10 + number),
            updatedAt: at(9, index * 10 + number),
          })),
        ),
    );
    const files = [
      { filename: 'notes.txt', contentType: 'text/plain', body: Buffer.from(`Notes of ${slug}.\n`) },
      {
        filename: 'report.pdf',
        contentType: 'application/pdf',
        body: Buffer.from(
          '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
        ),
      },
    ];
    await mkdir(join(dataDir, 'files'), { recursive: true });
    const attachments = files.map(({ filename, contentType, body }, index) => ({
      id: uuid(),
      organizationId,
      taskId: tasks[index]!.id,
      uploadedById: idOf('member'),
      filename,
      contentType,
      size: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      storageKey: createHash('sha256').update(`${organizationId}/${filename}`).digest('hex').slice(0, 40),
      createdAt: at(8),
    }));
    await insert('Attachment', attachments);
    for (const [index, { storageKey }] of attachments.entries())
      await writeFile(join(dataDir, 'files', storageKey), files[index]!.body);

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
    await insert('PersistedOperation', await operationsOf('partner', organizationId, createdAt));
    await insert(
      'AuditEvent',
      projects.slice(0, 20).map((project, index) => ({
        id: uuid(),
        organizationId,
        at: at(180, index),
        actorType: 'User',
        actorId: idOf('manager'),
        action: 'project.create',
        targetType: 'Project',
        targetId: project.id,
        ip: '127.0.0.1',
        requestId: `seed-${index}`,
        details: { key: project.key, budget: 'changed' },
      })),
    );
  }
  await insert('PersistedOperation', await operationsOf('frontend', null, at(1)));
  return { partnerKeys };
}
