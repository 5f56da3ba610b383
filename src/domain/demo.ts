/** The demo's rows: projects with tasks, comments, files and history, and the operations that the examples' clients registered. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import type { DemoOrganization, DemoRow, DemoTools } from '../nouns/domain.ts';

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
): Promise<DemoRow[]> {
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

/** The rows of one organization. */
export async function organization(
  { id: organizationId, index: organizationIndex, slug, createdAt, personOf }: DemoOrganization,
  { insert, at, scale, filesFolder }: DemoTools,
): Promise<void> {
  const chance = createChance(organizationIndex + 1);
  const workers = ['owner', 'admin', 'manager', 'member'].map(personOf);

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
  await mkdir(filesFolder, { recursive: true });
  const attachments = files.map(({ filename, contentType, body }, index) => ({
    id: uuid(),
    organizationId,
    taskId: tasks[index]!.id,
    uploadedById: personOf('member'),
    filename,
    contentType,
    size: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    storageKey: createHash('sha256').update(`${organizationId}/${filename}`).digest('hex').slice(0, 40),
    createdAt: at(8),
  }));
  await insert('Attachment', attachments);
  for (const [index, { storageKey }] of attachments.entries())
    await writeFile(join(filesFolder, storageKey), files[index]!.body);

  await insert('PersistedOperation', await operationsOf('partner', organizationId, createdAt));
  await insert(
    'AuditEvent',
    projects.slice(0, 20).map((project, index) => ({
      id: uuid(),
      organizationId,
      at: at(180, index),
      actorType: 'User',
      actorId: personOf('manager'),
      action: 'project.create',
      targetType: 'Project',
      targetId: project.id,
      ip: '127.0.0.1',
      requestId: `seed-${index}`,
      details: { key: project.key, budget: 'changed' },
    })),
  );
}

/** What belongs to no organization. */
export async function deployment({ insert, at }: DemoTools): Promise<void> {
  await insert('PersistedOperation', await operationsOf('frontend', null, at(1)));
}
