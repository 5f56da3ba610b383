/** Enums of the data model, with their filters. */
import { builder } from './builder.ts';
import { filterDescriptions } from './filter.ts';

function enumFilter<const Values extends readonly [string, ...string[]]>(
  name: string,
  description: string,
  values: Values,
  meanings: Record<Values[number], string>,
) {
  const type = builder.enumType(name, {
    description,
    values: Object.fromEntries(
      values.map((value) => [value, { value, description: meanings[value as Values[number]] }]),
    ) as Record<Values[number], { value: Values[number]; description: string }>,
  });
  const filter = builder.inputType(`${name}Filter`, {
    description: `Conditions on a ${name}.`,
    fields: (t) => ({
      eq: t.field({ type, description: filterDescriptions.eq }),
      not: t.field({ type, description: filterDescriptions.not }),
      in: t.field({ type: [type], description: filterDescriptions.in }),
    }),
  });
  return { type, filter, values };
}

export const projectStatus = enumFilter(
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

export const taskStatus = enumFilter(
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

export const taskPriority = enumFilter('TaskPriority', 'How urgent a task is.', ['LOW', 'MEDIUM', 'HIGH', 'URGENT'], {
  LOW: 'Can wait.',
  MEDIUM: 'In its turn.',
  HIGH: 'Soon.',
  URGENT: 'Now.',
});

export const membershipStatus = enumFilter(
  'MembershipStatus',
  'The state of a membership.',
  ['PENDING', 'ACTIVE', 'SUSPENDED', 'REMOVED'],
  {
    PENDING: 'Waiting for approval.',
    ACTIVE: 'In force.',
    SUSPENDED: 'Suspended: may sign out, and nothing else.',
    REMOVED: 'Ended.',
  },
);
