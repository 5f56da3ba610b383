/**
 * The wall's second half: what no `where` keeps out of a result. A to-one edge that always has a target takes no condition in Prisma, and
 * a column has none either: both are asked for in one further statement for each condition, and taken out of the rows.
 */
import type { FindIds, WalledStatement } from '../stores/database-scope.ts';

type Where = Readonly<Record<string, unknown>>;

/** What to take out of the rows of one level of a selection. */
export interface Level {
  /** Edges that lead on, with what is to do there. */
  readonly below: ReadonlyMap<string, Level>;
  /** Edges whose target nobody of this viewer's permissions sees. */
  readonly hidden: readonly string[];
  /** Edges whose target must be asked for. */
  readonly doubtful: readonly { readonly name: string; readonly model: string; readonly where: Where }[];
  /** Columns that stay for rows of a condition alone. */
  readonly columns: {
    readonly names: readonly string[];
    readonly model: string;
    readonly where: Where;
    /** The row that is the viewer's own, of which everything may stay. */
    readonly ownId: string | null;
  } | null;
}

type Row = Record<string, unknown>;

/** Rows that wait for the answer to one condition. */
interface Asked {
  readonly model: string;
  readonly waiting: Map<string, (() => void)[]>;
}

/** Whether there is nothing to do at a level, or below it. */
export function isQuiet({ below, hidden, doubtful, columns }: Level): boolean {
  return below.size === 0 && hidden.length === 0 && doubtful.length === 0 && columns === null;
}

/** The ids that a condition amounts to, for one that names ids and nothing else; null for any other. */
export function idsOf(where: Where): readonly string[] | null {
  const { id, ...others } = where;
  if (Object.keys(others).length > 0 || id === undefined) return null;
  if (typeof id === 'string') return [id];
  const { in: ids, ...operators } = id as { in?: readonly string[] };
  return ids && Object.keys(operators).length === 0 ? ids : null;
}

/** Makes what finishes a result. */
export function createFinish(level: Level): WalledStatement['finish'] {
  return isQuiet(level) ? null : (result, find) => finish(level, result, find);
}

async function finish(level: Level, result: unknown, find: FindIds): Promise<void> {
  const asked = new Map<Where, Asked>();
  const ask = (model: string, where: Where, id: unknown, takeOut: () => void): void => {
    const ids = idsOf(where);
    if (typeof id !== 'string') takeOut();
    else if (ids) {
      if (!ids.includes(id)) takeOut();
    } else {
      const { waiting } = asked.get(where) ?? (asked.set(where, { model, waiting: new Map() }).get(where) as Asked);
      waiting.set(id, [...(waiting.get(id) ?? []), takeOut]);
    }
  };

  const visit = (rows: unknown, { below, hidden, doubtful, columns }: Level): void => {
    for (const one of Array.isArray(rows) ? rows : [rows]) {
      if (typeof one !== 'object' || one === null) continue;
      const row = one as Row;
      for (const name of hidden) row[name] = null;
      for (const { name, model, where } of doubtful) {
        const target = row[name] as Row | null | undefined;
        if (target)
          ask(model, where, target.id, () => {
            row[name] = null;
          });
      }
      if (columns && (columns.ownId === null || row.id !== columns.ownId))
        ask(columns.model, columns.where, row.id, () => {
          for (const name of columns.names) row[name] = null;
        });
      for (const [name, next] of below) visit(row[name], next);
    }
  };

  visit(result, level);
  await Promise.all(
    [...asked].map(async ([where, { model, waiting }]) => {
      const found = await find(model, [...waiting.keys()], where);
      for (const [id, takeOuts] of waiting) if (!found.has(id)) for (const takeOut of takeOuts) takeOut();
    }),
  );
}
