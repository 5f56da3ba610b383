/**
 * Audit events of rows that some do not see are as hidden as the rows. A row may be gone when its events are read, so the condition is about
 * what was recorded of it.
 */
import type { Viewer } from '../authorization/viewer.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { declaredNouns } from './register.ts';
import { eventsWhere } from './row-rules.ts';

/** Conditions on audit events that hold together; empty for who sees every row of every noun. */
export function visibleEventsOf(viewer: Viewer): Prisma.AuditEventWhereInput[] {
  return declaredNouns().flatMap(({ name, rows }) => {
    const seen = rows ? eventsWhere(name, rows, viewer) : null;
    return seen === null ? [] : [{ OR: [{ targetType: { not: name } }, seen] }];
  });
}
