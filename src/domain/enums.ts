/** Enums of the domain. */
import { defineEnum } from '../nouns/enums.ts';

export const projectStatus = defineEnum(
  'ProjectStatus',
  'Where a project stands.',
  ['PLANNED', 'ACTIVE', 'ON_HOLD', 'COMPLETED'],
  {
    PLANNED: 'Not begun.',
    ACTIVE: 'Under way.',
    ON_HOLD: 'Paused.',
    COMPLETED: 'Done.',
  },
);

export const taskStatus = defineEnum(
  'TaskStatus',
  'Where a task stands.',
  ['TODO', 'IN_PROGRESS', 'IN_REVIEW', 'DONE'],
  {
    TODO: 'Not begun.',
    IN_PROGRESS: 'Under way.',
    IN_REVIEW: 'Waiting for a second pair of eyes.',
    DONE: 'Done.',
  },
);

export const taskPriority = defineEnum('TaskPriority', 'How urgent a task is.', ['LOW', 'MEDIUM', 'HIGH', 'URGENT'], {
  LOW: 'Can wait.',
  MEDIUM: 'In its turn.',
  HIGH: 'Soon.',
  URGENT: 'Now.',
});
