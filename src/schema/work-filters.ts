/** The filters of people, comments, tasks and projects: in one file, since each leads to the others. */
import { visibleComments, visibleTasks } from '../authorization/visibility.ts';
import { builder } from './builder.ts';
import { membershipStatus, projectStatus, taskPriority, taskStatus } from './enums.ts';
import {
  BooleanFilter,
  column,
  DateTimeFilter,
  DecimalFilter,
  type FilterSpec,
  IDFilter,
  IntFilter,
  idColumn,
  nullableColumn,
  StringFilter,
} from './filter.ts';

const UserFilterRef = builder.inputRef<Record<string, unknown>>('UserFilter');
const CommentFilterRef = builder.inputRef<Record<string, unknown>>('CommentFilter');
const TaskFilterRef = builder.inputRef<Record<string, unknown>>('TaskFilter');
const ProjectFilterRef = builder.inputRef<Record<string, unknown>>('ProjectFilter');

/** What people are filtered by. */
export const userFilter: FilterSpec = {
  id: idColumn('id', 'User'),
  name: column(),
  createdAt: column(),
  email: column(),
  phone: nullableColumn(),
  lastSignInAt: nullableColumn(),
  mfaEnabled: column(),
  status: {
    kind: 'custom',
    where: (status, { organization }) => ({
      memberships: { some: { organizationId: organization?.id ?? '00000000-0000-0000-0000-000000000000', status } },
    }),
  },
};

export const UserFilter = UserFilterRef.implement({
  description: 'Conditions on people; several hold together.',
  fields: (t) => ({
    id: t.field({ type: IDFilter, description: 'By id.' }),
    name: t.field({ type: StringFilter, description: 'By display name.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'By the age of the account.' }),
    email: t.field({ type: StringFilter, description: 'By e-mail address.' }),
    phone: t.field({ type: StringFilter, description: 'By phone number.' }),
    lastSignInAt: t.field({ type: DateTimeFilter, description: 'By the last sign-in.' }),
    mfaEnabled: t.field({ type: BooleanFilter, description: 'By the second factor.' }),
    status: t.field({ type: membershipStatus.filter, description: 'By the state of the membership.' }),
    AND: t.field({ type: [UserFilterRef], description: 'All of these.' }),
    OR: t.field({ type: [UserFilterRef], description: 'Any of these.' }),
    NOT: t.field({ type: UserFilterRef, description: 'Not this.' }),
  }),
});

export const commentFilter: FilterSpec = {
  body: column(),
  internal: column(),
  createdAt: column(),
  author: { kind: 'one', relation: 'author', of: () => userFilter },
};

export const CommentFilter = CommentFilterRef.implement({
  description: 'Conditions on comments; several hold together.',
  fields: (t) => ({
    body: t.field({ type: StringFilter, description: 'By text.' }),
    internal: t.field({ type: BooleanFilter, description: 'By whether they are internal.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'By age.' }),
    author: t.field({ type: UserFilter, description: 'By who wrote them.' }),
    AND: t.field({ type: [CommentFilterRef], description: 'All of these.' }),
    OR: t.field({ type: [CommentFilterRef], description: 'Any of these.' }),
    NOT: t.field({ type: CommentFilterRef, description: 'Not this.' }),
  }),
});

export const CommentListFilter = builder.inputType('CommentListFilter', {
  description: 'Conditions on the comments below something, of those that the viewer can see.',
  fields: (t) => ({
    some: t.field({ type: CommentFilterRef, description: 'At least one is like this.' }),
    every: t.field({ type: CommentFilterRef, description: 'All are like this, or there are none.' }),
    none: t.field({ type: CommentFilterRef, description: 'None is like this.' }),
  }),
});

export const taskFilter: FilterSpec = {
  id: idColumn('id', 'Task'),
  number: column(),
  title: column(),
  description: column(),
  status: column(),
  priority: column(),
  dueAt: nullableColumn(),
  estimateMinutes: nullableColumn(),
  internalNotes: nullableColumn(),
  createdAt: column(),
  updatedAt: column(),
  assignee: { kind: 'one', relation: 'assignee', of: () => userFilter },
  reporter: { kind: 'one', relation: 'reporter', of: () => userFilter },
  project: { kind: 'one', relation: 'project', of: () => projectFilter },
  comments: { kind: 'list', relation: 'comments', of: () => commentFilter, visible: visibleComments },
};

export const TaskFilter = TaskFilterRef.implement({
  description: 'Conditions on tasks; several hold together.',
  fields: (t) => ({
    id: t.field({ type: IDFilter, description: 'By id.' }),
    number: t.field({ type: IntFilter, description: 'By number.' }),
    title: t.field({ type: StringFilter, description: 'By title.' }),
    description: t.field({ type: StringFilter, description: 'By description.' }),
    status: t.field({ type: taskStatus.filter, description: 'By status.' }),
    priority: t.field({ type: taskPriority.filter, description: 'By priority.' }),
    dueAt: t.field({ type: DateTimeFilter, description: 'By date.' }),
    estimateMinutes: t.field({ type: IntFilter, description: 'By estimated work.' }),
    internalNotes: t.field({ type: StringFilter, description: 'By internal notes.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'By age.' }),
    updatedAt: t.field({ type: DateTimeFilter, description: 'By last change.' }),
    assignee: t.field({ type: UserFilter, description: 'By who does it.' }),
    reporter: t.field({ type: UserFilter, description: 'By who asked for it.' }),
    project: t.field({ type: ProjectFilterRef, description: 'By its project.' }),
    comments: t.field({ type: CommentListFilter, description: 'By its comments.' }),
    AND: t.field({ type: [TaskFilterRef], description: 'All of these.' }),
    OR: t.field({ type: [TaskFilterRef], description: 'Any of these.' }),
    NOT: t.field({ type: TaskFilterRef, description: 'Not this.' }),
  }),
});

export const TaskListFilter = builder.inputType('TaskListFilter', {
  description: 'Conditions on the tasks below something, of those that the viewer can see.',
  fields: (t) => ({
    some: t.field({ type: TaskFilterRef, description: 'At least one is like this.' }),
    every: t.field({ type: TaskFilterRef, description: 'All are like this, or there are none.' }),
    none: t.field({ type: TaskFilterRef, description: 'None is like this.' }),
  }),
});

export const projectFilter: FilterSpec = {
  id: idColumn('id', 'Project'),
  key: column(),
  name: column(),
  description: column(),
  status: column(),
  budget: nullableColumn(),
  spent: column(),
  createdAt: column(),
  updatedAt: column(),
  archivedAt: nullableColumn(),
  lead: { kind: 'one', relation: 'lead', of: () => userFilter },
  tasks: { kind: 'list', relation: 'tasks', of: () => taskFilter, visible: visibleTasks },
};

export const ProjectFilter = ProjectFilterRef.implement({
  description: 'Conditions on projects; several hold together.',
  fields: (t) => ({
    id: t.field({ type: IDFilter, description: 'By id.' }),
    key: t.field({ type: StringFilter, description: 'By short name.' }),
    name: t.field({ type: StringFilter, description: 'By display name.' }),
    description: t.field({ type: StringFilter, description: 'By description.' }),
    status: t.field({ type: projectStatus.filter, description: 'By status.' }),
    budget: t.field({ type: DecimalFilter, description: 'By planned cost.' }),
    spent: t.field({ type: DecimalFilter, description: 'By cost so far.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'By age.' }),
    updatedAt: t.field({ type: DateTimeFilter, description: 'By last change.' }),
    archivedAt: t.field({ type: DateTimeFilter, description: 'By the day of archiving.' }),
    lead: t.field({ type: UserFilter, description: 'By who leads it.' }),
    tasks: t.field({ type: TaskListFilter, description: 'By its tasks.' }),
    AND: t.field({ type: [ProjectFilterRef], description: 'All of these.' }),
    OR: t.field({ type: [ProjectFilterRef], description: 'Any of these.' }),
    NOT: t.field({ type: ProjectFilterRef, description: 'Not this.' }),
  }),
});
