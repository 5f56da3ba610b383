/**
 * Audit events of rows that some do not see are as hidden as the rows. A row may be gone when its events are read, so the condition is about
 * what was recorded of it.
 */
import { Register } from '../authorization/catalogue.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { Prisma } from '../generated/prisma/client.ts';

/** What the recorded details must say; null where the viewer sees every row of the noun. */
export type EventFilter = (viewer: Viewer) => Prisma.AuditEventWhereInput['details'] | null;

const register = new Register<EventFilter>('event filter of');

/** Declares which events of a noun's rows are seen by whom. */
export function narrowEvents(model: string, filter: EventFilter): void {
  register.add(model, filter);
}

/** Conditions on audit events that hold together; empty for who sees every row of every noun. */
export function visibleEventsOf(viewer: Viewer): Prisma.AuditEventWhereInput[] {
  return [...register.all()].flatMap(([model, filter]) => {
    const details = filter(viewer);
    return details === null ? [] : [{ OR: [{ targetType: { not: model } }, { details }] }];
  });
}
