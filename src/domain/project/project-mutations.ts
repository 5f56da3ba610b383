/** Writes of projects. */
import { writes } from '../../authorization/column-uses.ts';
import { localId } from '../../authorization/global-id.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { deletedPayload, rowPayload } from '../../nouns/payload.ts';
import { projectStatus } from '../enums.ts';
import { policies } from '../policies.ts';
import { Project } from './project.ts';

const expectedUpdatedAt =
  'The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now.';

const CreateProjectInput = builder.inputType('CreateProjectInput', {
  description: 'A new project.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Short name: 2 to 20 capital letters, digits, hyphens; unique.' }),
    name: t.string({ required: true, description: 'Display name, 1 to 200 characters.' }),
    description: t.string({ description: 'What it is about, at most 10,000 characters.' }),
    status: t.field({ type: projectStatus.type, description: 'Where it stands; PLANNED when left out.' }),
    leadId: t.id({ description: 'Who leads it: the global id of a member.' }),
    budget: t.field({ type: 'Decimal', description: 'Planned cost.', extensions: writes('Project.budget') }),
  }),
});

const UpdateProjectInput = builder.inputType('UpdateProjectInput', {
  description: 'What changes; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id.' }),
    expectedUpdatedAt: t.field({ type: 'DateTime', description: expectedUpdatedAt }),
    key: t.string({ description: 'Short name.' }),
    name: t.string({ description: 'Display name.' }),
    description: t.string({ description: 'What it is about.' }),
    status: t.field({ type: projectStatus.type, description: 'Where it stands.' }),
    leadId: t.id({ description: 'Who leads it; null for nobody.' }),
    budget: t.field({
      type: 'Decimal',
      description: 'Planned cost; null for none.',
      extensions: writes('Project.budget'),
    }),
  }),
});

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

const DeleteProjectInput = builder.inputType('DeleteProjectInput', {
  description: 'The project to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
});

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

/** A lead that was named: undefined when left out, null for nobody, an id that matches nobody when malformed. */
const memberId = (id: string | null | undefined) =>
  id === undefined || id === null ? id : (localId(id, 'User') ?? '00000000-0000-0000-0000-000000000000');

const input = 'What to do it with.';

builder.mutationFields((t) => ({
  createProject: t.field({
    type: rowPayload('createProject', 'project', 'Project', Project),
    nullable: true,
    description: 'Makes a project.',
    authScopes: policies['Mutation.createProject'],
    args: { input: t.arg({ type: CreateProjectInput, required: true, description: input }) },
    resolve: (_root, { input: { leadId, ...rest } }, context) =>
      context.services.projects.create(actorOf(context), { ...rest, leadId: memberId(leadId) }),
  }),
  updateProject: t.field({
    type: rowPayload('updateProject', 'project', 'Project', Project),
    nullable: true,
    description: 'Changes a project.',
    authScopes: policies['Mutation.updateProject'],
    args: { input: t.arg({ type: UpdateProjectInput, required: true, description: input }) },
    resolve: (_root, { input: { id, leadId, ...rest } }, context) =>
      context.services.projects.update(actorOf(context), {
        ...(rest as object),
        id: localId(id, 'Project'),
        leadId: memberId(leadId),
      }),
  }),
  archiveProject: t.field({
    type: rowPayload('archiveProject', 'project', 'Project', Project),
    nullable: true,
    description: 'Puts a project into the archive. It stays readable.',
    authScopes: policies['Mutation.archiveProject'],
    args: { input: t.arg({ type: ArchiveProjectInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.projects.setArchived(
        actorOf(context),
        { ...args.input, id: localId(args.input.id, 'Project') },
        true,
      ),
  }),
  restoreProject: t.field({
    type: rowPayload('restoreProject', 'project', 'Project', Project),
    nullable: true,
    description: 'Takes a project out of the archive.',
    authScopes: policies['Mutation.restoreProject'],
    args: { input: t.arg({ type: RestoreProjectInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.projects.setArchived(
        actorOf(context),
        { ...args.input, id: localId(args.input.id, 'Project') },
        false,
      ),
  }),
  deleteProject: t.field({
    type: deletedPayload('deleteProject', 'Project'),
    nullable: true,
    description: 'Deletes a project with its tasks, comments and attachments.',
    authScopes: policies['Mutation.deleteProject'],
    args: { input: t.arg({ type: DeleteProjectInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.projects.delete(actorOf(context), localId(args.input.id, 'Project')),
  }),
  addProjectMember: t.field({
    type: rowPayload('addProjectMember', 'project', 'Project', Project),
    nullable: true,
    description: 'Adds a member of the organization to a project; nothing happens when they are on it.',
    authScopes: policies['Mutation.addProjectMember'],
    args: { input: t.arg({ type: AddProjectMemberInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.projects.addMember(actorOf(context), {
        projectId: localId(args.input.projectId, 'Project'),
        userId: localId(args.input.userId, 'User'),
      }),
  }),
  removeProjectMember: t.field({
    type: rowPayload('removeProjectMember', 'project', 'Project', Project),
    nullable: true,
    description: 'Takes somebody off a project.',
    authScopes: policies['Mutation.removeProjectMember'],
    args: { input: t.arg({ type: RemoveProjectMemberInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.projects.removeMember(actorOf(context), {
        projectId: localId(args.input.projectId, 'Project'),
        userId: localId(args.input.userId, 'User'),
      }),
  }),
}));
