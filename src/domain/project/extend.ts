/** What a declaration cannot say of projects: who works on them, and the archive. */

import { defineAuditActions } from '../../authorization/audit-actions.ts';
import { reads } from '../../authorization/column-uses.ts';
import { localId } from '../../authorization/global-id.ts';
import type { NamesOf } from '../../authorization/permissions.ts';
import { definePolicies } from '../../authorization/policies.ts';
import { can, inherited } from '../../authorization/rules.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { User } from '../../identity/account/user.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { defineJoin } from '../../nouns/define-join.ts';
import { expectedUpdatedAt } from '../../nouns/noun-writes.ts';
import { rowPayload } from '../../nouns/payload.ts';
import { project } from './noun.ts';

const read = can('project:read');
const archive = can('project:archive', 'project:read');
const staff = can('project:update', 'project:read', 'member:list');

const policies = definePolicies({
  'Project.members': can('member:list'),

  'Mutation.archiveProject': archive,
  'Mutation.archiveProject(input:)': inherited,
  ArchiveProjectInput: inherited,
  'ArchiveProjectInput.id': inherited,
  'ArchiveProjectInput.expectedUpdatedAt': inherited,
  ArchiveProjectPayload: archive,
  'ArchiveProjectPayload.project': read,

  'Mutation.restoreProject': archive,
  'Mutation.restoreProject(input:)': inherited,
  RestoreProjectInput: inherited,
  'RestoreProjectInput.id': inherited,
  'RestoreProjectInput.expectedUpdatedAt': inherited,
  RestoreProjectPayload: archive,
  'RestoreProjectPayload.project': read,

  'Mutation.addProjectMember': staff,
  'Mutation.addProjectMember(input:)': inherited,
  AddProjectMemberInput: inherited,
  'AddProjectMemberInput.projectId': inherited,
  'AddProjectMemberInput.userId': inherited,
  AddProjectMemberPayload: staff,
  'AddProjectMemberPayload.project': read,

  'Mutation.removeProjectMember': staff,
  'Mutation.removeProjectMember(input:)': inherited,
  RemoveProjectMemberInput: inherited,
  'RemoveProjectMemberInput.projectId': inherited,
  'RemoveProjectMemberInput.userId': inherited,
  RemoveProjectMemberPayload: staff,
  'RemoveProjectMemberPayload.project': read,
});

const actions = defineAuditActions({
  'project.addMember': { userId: can('member:list') },
  'project.archive': {},
  'project.removeMember': { userId: can('member:list') },
  'project.restore': {},
});

declare module '../../authorization/audit-actions.ts' {
  interface AuditActionRegister extends NamesOf<typeof actions> {}
}

/** With `member:list` the members that a project has now; else those of them whom one can see. */
defineJoin('ProjectMember', {
  rows: (viewer) =>
    viewer.permissions.has('member:list')
      ? { membership: visibleRows('Membership', viewer) }
      : { user: visibleRows('User', viewer) },
  impliedEdges: ['user'],
  named: {
    user: 'People on a project are read through it, and sorted by their names.',
    userId: 'Somebody is taken off a project by it.',
    projectId: 'Somebody is taken off a project by it.',
  },
  endsWithMembership: 'userId',
});

builder.prismaObjectField('Project', 'members', (t) =>
  t.field({
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
);

const archiveInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      id: t.id({ required: true, description: 'The global id.' }),
      expectedUpdatedAt: t.field({ type: 'DateTime', description: expectedUpdatedAt }),
    }),
  });
const ArchiveProjectInput = archiveInput('ArchiveProjectInput', 'The project to archive.');
const RestoreProjectInput = archiveInput('RestoreProjectInput', 'The project to take out of the archive.');

const memberInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      projectId: t.id({ required: true, description: 'The global id of the project.' }),
      userId: t.id({ required: true, description: 'The global id of the person.' }),
    }),
  });
const AddProjectMemberInput = memberInput('AddProjectMemberInput', 'Who joins which project.');
const RemoveProjectMemberInput = memberInput('RemoveProjectMemberInput', 'Who leaves which project.');

const input = 'What to do it with.';

builder.mutationFields((t) => ({
  archiveProject: t.field({
    type: rowPayload('archiveProject', 'project', 'Project', project.type),
    nullable: true,
    description: 'Puts a project into the archive. It stays readable.',
    authScopes: policies['Mutation.archiveProject'],
    args: { input: t.arg({ type: ArchiveProjectInput, required: true, description: input }) },
    resolve: (_root, { input: { id, expectedUpdatedAt: version } }, context) =>
      context.services.projects.setArchived(actorOf(context), localId(id, 'Project'), version, true),
  }),
  restoreProject: t.field({
    type: rowPayload('restoreProject', 'project', 'Project', project.type),
    nullable: true,
    description: 'Takes a project out of the archive.',
    authScopes: policies['Mutation.restoreProject'],
    args: { input: t.arg({ type: RestoreProjectInput, required: true, description: input }) },
    resolve: (_root, { input: { id, expectedUpdatedAt: version } }, context) =>
      context.services.projects.setArchived(actorOf(context), localId(id, 'Project'), version, false),
  }),
  addProjectMember: t.field({
    type: rowPayload('addProjectMember', 'project', 'Project', project.type),
    nullable: true,
    description: 'Adds a member of the organization to a project; nothing happens when they are on it.',
    authScopes: policies['Mutation.addProjectMember'],
    args: { input: t.arg({ type: AddProjectMemberInput, required: true, description: input }) },
    resolve: (_root, { input: { projectId, userId } }, context) =>
      context.services.projects.addMember(actorOf(context), localId(projectId, 'Project'), localId(userId, 'User')),
  }),
  removeProjectMember: t.field({
    type: rowPayload('removeProjectMember', 'project', 'Project', project.type),
    nullable: true,
    description: 'Takes somebody off a project.',
    authScopes: policies['Mutation.removeProjectMember'],
    args: { input: t.arg({ type: RemoveProjectMemberInput, required: true, description: input }) },
    resolve: (_root, { input: { projectId, userId } }, context) =>
      context.services.projects.removeMember(actorOf(context), localId(projectId, 'Project'), localId(userId, 'User')),
  }),
}));
