/** The filters of people, comments, tasks and projects: in one file, since each leads to the others. */

import { localId } from '../../authorization/global-id.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { userFilter } from '../../identity/account/user-filter.ts';
import {
  BooleanFilter,
  column,
  DateTimeFilter,
  DecimalFilter,
  defineFilter,
  defineListFilter,
  type FilterSpec,
  IntFilter,
  idColumn,
  type ListFilterSpec,
  list,
  nullableColumn,
  one,
  StringFilter,
} from '../../nouns/filter.ts';
import { projectStatus, taskPriority, taskStatus } from '../enums.ts';

const ids = (typeName: string) => (id: unknown) => localId(id, typeName);

export const commentFilter: FilterSpec = defineFilter('Comment', 'Conditions on comments; several hold together.', {
  body: column(StringFilter, 'By text.'),
  internal: column(BooleanFilter, 'By whether they are internal.'),
  createdAt: column(DateTimeFilter, 'By age.'),
  author: one(() => userFilter, 'By who wrote them.'),
});

const commentListFilter: ListFilterSpec = defineListFilter(
  'Comment',
  'Conditions on the comments below something, of those that the viewer can see.',
  commentFilter,
  (viewer) => visibleRows('Comment', viewer),
);

export const taskFilter: FilterSpec = defineFilter('Task', 'Conditions on tasks; several hold together.', {
  id: idColumn(ids('Task'), 'By id.'),
  number: column(IntFilter, 'By number.'),
  title: column(StringFilter, 'By title.'),
  description: column(StringFilter, 'By description.'),
  status: column(taskStatus.filter, 'By status.'),
  priority: column(taskPriority.filter, 'By priority.'),
  dueAt: nullableColumn(DateTimeFilter, 'By date.'),
  estimateMinutes: nullableColumn(IntFilter, 'By estimated work.'),
  internalNotes: nullableColumn(StringFilter, 'By internal notes.'),
  createdAt: column(DateTimeFilter, 'By age.'),
  updatedAt: column(DateTimeFilter, 'By last change.'),
  assignee: one(() => userFilter, 'By who does it.'),
  reporter: one(() => userFilter, 'By who asked for it.'),
  project: one(() => projectFilter, 'By its project.'),
  comments: list(() => commentListFilter, 'By its comments.'),
});

const taskListFilter: ListFilterSpec = defineListFilter(
  'Task',
  'Conditions on the tasks below something, of those that the viewer can see.',
  taskFilter,
  (viewer) => visibleRows('Task', viewer),
);

export const projectFilter: FilterSpec = defineFilter('Project', 'Conditions on projects; several hold together.', {
  id: idColumn(ids('Project'), 'By id.'),
  key: column(StringFilter, 'By short name.'),
  name: column(StringFilter, 'By display name.'),
  description: column(StringFilter, 'By description.'),
  status: column(projectStatus.filter, 'By status.'),
  budget: nullableColumn(DecimalFilter, 'By planned cost.'),
  spent: column(DecimalFilter, 'By cost so far.'),
  createdAt: column(DateTimeFilter, 'By age.'),
  updatedAt: column(DateTimeFilter, 'By last change.'),
  archivedAt: nullableColumn(DateTimeFilter, 'By the day of archiving.'),
  lead: one(() => userFilter, 'By who leads it.'),
  tasks: list(() => taskListFilter, 'By its tasks.'),
});
