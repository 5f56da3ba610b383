/** What a person's own export holds of the nouns that declare it: rows that are theirs, as far as they may still read them. */
import { relationColumn } from '../authorization/data-model.ts';
import { hypotheticalViewer } from '../authorization/matrix.ts';
import type { PermissionSet } from '../authorization/permission-set.ts';
import { visibleRows } from '../authorization/visibility.ts';
import type { Database } from '../stores/database.ts';
import { modelOf } from './delegate.ts';
import { declaredNouns } from './register.ts';

/** The most rows of one noun: an export is one answer. */
const maxRows = 10_000;

const exported = () => declaredNouns().flatMap((noun) => (noun.exported ? [{ ...noun, exported: noun.exported }] : []));

/** Rows by the plural of their noun, of the organization in scope. @param held what the membership's roles grant. */
export async function exportedRows(
  db: Database,
  userId: string,
  held: PermissionSet,
): Promise<Readonly<Record<string, readonly object[]>>> {
  const viewer = { ...hypotheticalViewer(held), userId };
  const rows: Record<string, readonly object[]> = {};
  for (const { name, plural, exported: declared } of exported())
    rows[plural] = await modelOf(db, name).findMany({
      where: { AND: [{ [relationColumn(name, declared.by)]: userId }, visibleRows(name, viewer)] },
      select: Object.fromEntries(declared.columns.map((column) => [column, true])),
      orderBy: { id: 'asc' },
      take: maxRows,
    });
  return rows;
}

/** The same for a membership that has ended. */
export const noExportedRows = (): Readonly<Record<string, readonly object[]>> =>
  Object.fromEntries(exported().map(({ plural }) => [plural, []]));
