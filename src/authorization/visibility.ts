/**
 * Which rows of a model a viewer may know of, as a Prisma `where`. Each noun declares it beside itself; the tenant is added by the client,
 * and `visibility-wall.ts` adds what stands here to every statement: lists, counts, relations, filters, `node(id)`.
 */
import type PrismaTypes from '../generated/pothos.ts';
import { Register } from './catalogue.ts';
import type { Viewer } from './viewer.ts';

/** A model of the database that has an object type, or joins two that have. */
export type ModelName = keyof PrismaTypes & string;

/** Prisma's conditions on a model. */
export type WhereOf<Model extends ModelName> = PrismaTypes[Model]['Where'];

type Where = Readonly<Record<string, unknown>>;

/** The rows that a viewer may know of. An empty `where` is every row. */
export type RowFilter<Condition = Where> = (viewer: Viewer) => Condition;

/** Everything, and nothing. An empty `where` is everything, so nothing must be said. */
export const everyRow = {};
export const noRow = { id: { in: [] as string[] } };

/** No row has this id. */
export const nobodysId = '00000000-0000-0000-0000-000000000000';

/** What is declared of a model. */
export interface ModelVisibility<Model extends ModelName = ModelName> {
  readonly rows: RowFilter<WhereOf<Model>>;
  /** False for rows that only join two others: no type stands for them, so that no id leads to them. */
  readonly hasIds?: boolean;
  /**
   * Relations whose target is visible to whoever sees the row, by the target's own filter: nothing need be asked again, and the field may
   * be non-null.
   */
  readonly impliedEdges?: readonly string[];
  /**
   * What no coordinate names, and statements for viewers do all the same, each with the reason. What else no coordinate reads or compares is
   * the gateway's own: a new column is closed until somebody says what it is for.
   */
  readonly named?: Readonly<Record<string, string>>;
  /** Relations whose target has another filter than its model's. */
  readonly edges?: Readonly<Record<string, RowFilter<object>>>;
  /** Columns that are read of some rows alone: of others they are null, and no condition on them holds. */
  readonly restricted?: {
    readonly columns: ReadonlySet<string>;
    readonly rows: RowFilter<WhereOf<Model>>;
    /** The id of the row that is the viewer's own, of which every column may be read. */
    readonly ownId: (viewer: Viewer) => string | null;
  };
}

const register = new Register<ModelVisibility>('visibility of');

/** Declares which rows of a model a viewer may know of. */
export function defineVisibility<Model extends ModelName>(model: Model, visibility: ModelVisibility<Model>): void {
  // The one place where filters of different models become one kind: what is read back is what was put in under the same name.
  register.add(model, visibility as ModelVisibility);
}

/** What is declared of a model. @throws Error for one without: no viewer's statement may touch it. */
export function visibilityOf(model: string): ModelVisibility {
  return register.require(model);
}

/** The rows of a model that a viewer may know of. */
export function visibleRows<Model extends ModelName>(model: Model, viewer: Viewer): WhereOf<Model> {
  return register.require(model).rows(viewer) as WhereOf<Model>;
}

/** Whether a condition lets every row pass. */
export function isEveryRow(where: object): boolean {
  return Object.keys(where).length === 0;
}

/** Every model that has a visibility. */
export function visibleModels(): ReadonlyMap<string, ModelVisibility> {
  return register.all();
}

/** Models whose rows only join two others. */
export function joinModels(): readonly string[] {
  return [...register.all()].flatMap(([model, { hasIds = true }]) => (hasIds ? [] : [model]));
}

/** Columns and relations, as `Model.member`, that are {@link ModelVisibility.named}, with their reasons. */
export function namedWithoutCoordinate(): ReadonlyMap<string, string> {
  return new Map(
    [...register.all()].flatMap(([model, { named = {} }]) =>
      Object.entries(named).map(([name, reason]) => [`${model}.${name}`, reason] as const),
    ),
  );
}

/** Whether global ids of a type lead to rows. */
export function isNodeType(name: string): name is ModelName {
  const visibility = register.get(name);
  return visibility !== undefined && visibility.hasIds !== false;
}

/** Edges, as `Model.relation`, that are {@link ModelVisibility.impliedEdges}. */
export function impliedEdges(): ReadonlySet<string> {
  return new Set(
    [...register.all()].flatMap(([model, { impliedEdges: names = [] }]) => names.map((name) => `${model}.${name}`)),
  );
}
