/**
 * Prisma's model by its name. A noun's name is a value here, where Prisma's types want a property each: this is the one place where the
 * compiler is told so. What goes in and comes out is checked by the declaration.
 */
import type { ModelName } from '../authorization/visibility.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';

type Args = Readonly<Record<string, unknown>>;

/** What is asked of a model whose name is a value. Rows hold at least their id, which is always selected. */
export interface ModelDelegate {
  findFirst<Row = { readonly id: string }>(args: Args): Promise<Row | null>;
  findMany<Row = { readonly id: string }>(args: Args): Promise<Row[]>;
  count(args: Args): Promise<number>;
  createMany(args: Args): Promise<{ readonly count: number }>;
  updateMany(args: Args): Promise<{ readonly count: number }>;
  deleteMany(args: Args): Promise<{ readonly count: number }>;
}

/** The model of a client or a transaction. */
export function modelOf(db: Database | DatabaseTransaction, name: ModelName): ModelDelegate {
  const property = name.charAt(0).toLowerCase() + name.slice(1);
  return (db as unknown as Readonly<Record<string, ModelDelegate>>)[property] as ModelDelegate;
}
