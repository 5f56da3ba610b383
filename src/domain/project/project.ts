/** An organization's projects, as they are read. */
import { reads } from '../../authorization/column-uses.ts';
import { User } from '../../identity/account/user.ts';
import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind, nestedList, resolveList } from '../../nouns/connection.ts';
import { findOne, readsById } from '../../nouns/node.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { projectStatus } from '../enums.ts';
import { policies } from '../policies.ts';
import { Task, TaskOrder, taskConnection, taskEdge, tasks } from '../task/task.ts';
import { projectFilter, taskFilter } from '../task/work-filters.ts';

const projectTasks = nestedList(tasks, 'Project.tasks', 'tasks');

export const Project = builder.prismaNode('Project', {
  description: 'Work owned by one organization.',
  authScopes: policies.Project,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Project.id'] },
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'The short name, unique in the organization.',
      authScopes: policies['Project.key'],
    }),
    name: t.exposeString('name', { description: 'Display name.', authScopes: policies['Project.name'] }),
    description: t.exposeString('description', {
      description: 'What it is about.',
      authScopes: policies['Project.description'],
    }),
    status: t.expose('status', {
      type: projectStatus.type,
      description: 'Where it stands.',
      authScopes: policies['Project.status'],
    }),
    lead: t.relation('lead', {
      nullable: true,
      description: 'Who leads it; null for nobody.',
      authScopes: policies['Project.lead'],
    }),
    budget: t.expose('budget', {
      type: 'Decimal',
      nullable: true,
      description: 'Planned cost. Null when unset, or when denied.',
      authScopes: policies['Project.budget'],
    }),
    spent: t.expose('spent', {
      type: 'Decimal',
      nullable: true,
      description: 'Cost so far. Null when denied.',
      authScopes: policies['Project.spent'],
    }),
    tasks: t.connection(
      {
        type: Task,
        nullable: true,
        description: 'Its tasks. Null when denied.',
        authScopes: policies['Project.tasks'],
        args: {
          filter: t.arg({ type: taskFilter.input, description: 'Which of them; all when left out.' }),
          orderBy: t.arg({ type: TaskOrder, description: 'In which order; by number when left out.' }),
        },
        ...(projectTasks as object),
        resolve: (project, args, context) => projectTasks.resolve(project, args, context) as never,
      },
      taskConnection as never,
      taskEdge as never,
    ),
    members: t.field({
      type: [User],
      nullable: true,
      description: 'Who works on it, by name. Null when denied.',
      authScopes: policies['Project.members'],
      extensions: reads('Project.members'),
      select: (_args, _context, nestedSelection) => ({
        members: { select: { user: nestedSelection() as never }, orderBy: { user: { name: 'asc' } } },
      }),
      resolve: (project) => (project.members as unknown as { user: object }[]).map(({ user }) => user) as never,
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was made.',
      authScopes: policies['Project.createdAt'],
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed; `expectedUpdatedAt` takes it.',
      authScopes: policies['Project.updatedAt'],
    }),
    archivedAt: t.expose('archivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was archived; null while it is not.',
      authScopes: policies['Project.archivedAt'],
    }),
  }),
});

const orders = {
  KEY: { column: 'key', kind: 'text', description: 'By short name.' },
  NAME: { column: 'name', kind: 'text', description: 'By display name.' },
  STATUS: { column: 'status', kind: 'enum', values: projectStatus.values, description: 'By status.' },
  BUDGET: { column: 'budget', kind: 'decimal', nullable: true, description: 'By planned cost.' },
  SPENT: { column: 'spent', kind: 'decimal', description: 'By cost so far.' },
  CREATED_AT: { column: 'createdAt', kind: 'date', description: 'By age.' },
  UPDATED_AT: { column: 'updatedAt', kind: 'date', description: 'By last change.' },
} as const;
const ProjectOrder = createOrderInput('Project', orders);
const { connection, edge } = createConnection('Project', Project as never);

const projects: ListKind = {
  name: 'Project',
  filter: projectFilter,
  orders,
  defaultOrder: { field: 'CREATED_AT', direction: 'asc' },
};

builder.queryFields((t) => ({
  project: t.field({
    type: Project,
    nullable: true,
    description: 'A project. Null when there is none with this id.',
    authScopes: policies['Query.project'],
    extensions: readsById('Project'),
    args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
    resolve: async (_root, { id }, context, info) => (await findOne('Project', String(id), context, info)) as never,
  }),
  projects: t.connection(
    {
      type: Project,
      nullable: true,
      description: 'The projects of the organization.',
      authScopes: policies['Query.projects'],
      args: {
        filter: t.arg({ type: projectFilter.input, description: 'Which of them; all when left out.' }),
        orderBy: t.arg({ type: ProjectOrder, description: 'In which order; by age when left out.' }),
      },
      resolve: async (_root, args, context, info) => (await resolveList(projects, args, context, info)) as never,
    },
    connection as never,
    edge as never,
  ),
}));
