/**
 * The independent model: a small language of operations, and what each must answer over rows that the test itself made. It knows the
 * contract's words (which field needs which permission) and SQL's logic of three values, and nothing of the gateway.
 */

/** Rows as they were inserted. */
export interface ModelUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  /** Whether the person has left: past work keeps the name, and nothing else is read. */
  readonly isFormer: boolean;
}
export interface ModelProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly status: string;
  readonly budget: string | null;
  readonly spent: string;
  readonly leadId: string | null;
}
export interface ModelTask {
  readonly id: string;
  readonly projectId: string;
  readonly number: number;
  readonly title: string;
  readonly status: string;
  readonly estimateMinutes: number | null;
  readonly internalNotes: string | null;
  readonly assigneeId: string | null;
}
export interface ModelComment {
  readonly id: string;
  readonly taskId: string;
  readonly body: string;
  readonly internal: boolean;
}
export interface ModelRows {
  readonly users: readonly ModelUser[];
  readonly projects: readonly ModelProject[];
  readonly tasks: readonly ModelTask[];
  readonly comments: readonly ModelComment[];
}

/** Who asks. */
export interface ModelViewer {
  readonly id: string;
  /** Whether it is an API key. */
  readonly isKey: boolean;
  readonly permissions: ReadonlySet<string>;
}

type Row = Readonly<Record<string, unknown>> & { readonly id: string };
type Three = boolean | null;

/** A condition on one member, or a combination. */
export type Filter =
  | {
      readonly kind: 'compare';
      readonly member: string;
      readonly operator: 'eq' | 'gt' | 'lt' | 'contains' | 'isNull';
      readonly value: string | number | boolean;
    }
  | { readonly kind: 'AND' | 'OR'; readonly parts: readonly Filter[] }
  | { readonly kind: 'NOT'; readonly part: Filter }
  | {
      readonly kind: 'relation';
      readonly member: string;
      readonly quantifier: 'some' | 'none' | 'one';
      readonly part: Filter;
    };

/** A selected field, under a response key, as it is written. */
export interface Selected {
  readonly field: string;
  readonly alias: string | null;
  /** Null for leaves. */
  readonly list: ListArguments | null;
  readonly inner: readonly Selected[];
  /** How it is written: plainly, in an inline or a named fragment, and whether it is left out. */
  readonly wrapping: 'plain' | 'inline' | 'named' | 'node';
  readonly condition: { readonly directive: 'skip' | 'include'; readonly value: boolean } | null;
}

/** Arguments of a list. */
export interface ListArguments {
  readonly first: number;
  readonly filter: Filter | null;
  readonly order: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null;
  /** Whether filter and order come in variables. */
  readonly inVariables: boolean;
}

/** What type a field leads to; leaves are absent. */
const targets: Readonly<Record<string, { type: TypeName; many: boolean }>> = {
  'Query.projects': { type: 'Project', many: true },
  'Query.tasks': { type: 'Task', many: true },
  'Project.tasks': { type: 'Task', many: true },
  'Project.lead': { type: 'User', many: false },
  'Task.project': { type: 'Project', many: false },
  'Task.assignee': { type: 'User', many: false },
  'Task.comments': { type: 'Comment', many: true },
};

/** A type of the model. */
export type TypeName = 'Query' | 'Project' | 'Task' | 'User' | 'Comment';

/** Leaves and relations of each type. */
export const fieldsOf: Readonly<
  Record<TypeName, { readonly leaves: readonly string[]; readonly relations: readonly string[] }>
> = {
  Query: { leaves: [], relations: ['projects', 'tasks'] },
  Project: { leaves: ['key', 'name', 'status', 'budget', 'spent'], relations: ['lead', 'tasks'] },
  Task: {
    leaves: ['number', 'title', 'status', 'estimateMinutes', 'internalNotes'],
    relations: ['project', 'assignee', 'comments'],
  },
  User: { leaves: ['name', 'email', 'phone'], relations: [] },
  Comment: { leaves: ['body', 'internal'], relations: [] },
};

/** Where a field leads. @returns undefined for a leaf. */
export const targetOf = (type: TypeName, field: string) => targets[`${type}.${field}`];

/** By the contract: what reading a field, filtering on a member or ordering by a value needs. */
const needs: Readonly<Record<string, string>> = {
  'Query.projects': 'project:read',
  'Query.tasks': 'task:read',
  'Project.tasks': 'task:read',
  'Project.budget': 'project.budget:read',
  'Project.spent': 'project.budget:read',
  'Task.estimateMinutes': 'task.internal:read',
  'Task.internalNotes': 'task.internal:read',
  'Task.project': 'project:read',
  'Task.comments': 'comment:read',
  'ProjectFilter.budget': 'project.budget:read',
  'ProjectFilter.spent': 'project.budget:read',
  'ProjectFilter.tasks': 'task:read',
  'ProjectOrderField.BUDGET': 'project.budget:read',
  'ProjectOrderField.SPENT': 'project.budget:read',
  'TaskFilter.estimateMinutes': 'task.internal:read',
  'TaskFilter.internalNotes': 'task.internal:read',
  'TaskFilter.project': 'project:read',
  'TaskFilter.comments': 'comment:read',
  'TaskOrderField.ESTIMATE_MINUTES': 'task.internal:read',
  'CommentFilter.internal': 'comment.internal:read',
  'UserFilter.email': 'user.contact:read',
  'UserFilter.phone': 'user.contact:read',
};
const ofOneself: ReadonlySet<string> = new Set(['User.email', 'User.phone']);
const typeNeeds: Readonly<Partial<Record<TypeName, string>>> = {
  Project: 'project:read',
  Task: 'task:read',
  Comment: 'comment:read',
};

/** Ordering values to columns. */
export const orders: Readonly<Record<'Project' | 'Task', Readonly<Record<string, string>>>> = {
  Project: { KEY: 'key', NAME: 'name', BUDGET: 'budget', SPENT: 'spent' },
  Task: { NUMBER: 'number', TITLE: 'title', ESTIMATE_MINUTES: 'estimateMinutes' },
};

/** What must come back. */
export interface Expected {
  readonly data: unknown;
  readonly denied: ReadonlySet<string>;
}

/** Evaluates an operation. */
export function evaluate(rows: ModelRows, viewer: ModelViewer, selection: readonly Selected[]): Expected {
  const denied = new Set<string>();
  const can = (permission: string | undefined) => permission === undefined || viewer.permissions.has(permission);
  const of = <T extends { id: string }>(list: readonly T[], id: unknown) => list.find((row) => row.id === id) ?? null;
  const visibleComments = rows.comments.filter(
    ({ internal }) => can('comment:read') && (!internal || can('comment.internal:read')),
  );

  const related = (type: TypeName, row: Row | null, field: string): readonly Row[] => {
    const key = `${type}.${field}`;
    const all: Readonly<Record<string, () => readonly (object | null)[]>> = {
      'Query.projects': () => rows.projects,
      'Query.tasks': () => rows.tasks,
      'Project.tasks': () => rows.tasks.filter(({ projectId }) => projectId === row?.id),
      'Project.lead': () => [of(rows.users, row?.leadId)],
      'Task.project': () => [of(rows.projects, row?.projectId)],
      'Task.assignee': () => [of(rows.users, row?.assigneeId)],
      'Task.comments': () => visibleComments.filter(({ taskId }) => taskId === row?.id),
    };
    return (all[key]?.() ?? []).filter((one): one is Row => one !== null);
  };

  /** The coordinates of inputs that the viewer may not use. */
  const deniedInputs = (type: TypeName, args: ListArguments): string[] => {
    const found: string[] = [];
    const look = (at: TypeName, filter: Filter): void => {
      if (filter.kind === 'compare') note(`${at}Filter.${filter.member}`);
      else if (filter.kind === 'NOT') look(at, filter.part);
      else if (filter.kind === 'relation') {
        note(`${at}Filter.${filter.member}`);
        look(targetOf(at, filter.member)?.type ?? at, filter.part);
      } else for (const part of filter.parts) look(at, part);
    };
    const note = (coordinate: string): void => {
      if (!can(needs[coordinate])) found.push(coordinate);
    };
    if (args.filter) look(type, args.filter);
    if (args.order) note(`${type}OrderField.${args.order.field}`);
    return found;
  };

  const holds = (type: TypeName, row: Row, filter: Filter): Three => {
    switch (filter.kind) {
      case 'NOT': {
        const inner = holds(type, row, filter.part);
        return inner === null ? null : !inner;
      }
      case 'AND':
        return filter.parts.reduce<Three>((sum, part) => and(sum, holds(type, row, part)), true);
      case 'OR':
        return filter.parts.reduce<Three>((sum, part) => or(sum, holds(type, row, part)), false);
      case 'relation': {
        const target = targetOf(type, filter.member);
        if (!target) throw new Error(`No relation ${filter.member}`);
        if (filter.quantifier === 'one') {
          // A condition on the one related row: what it does not know, the whole does not know.
          const [one] = related(type, row, filter.member);
          return one ? holds(target.type, one, filter.part) : false;
        }
        const some = related(type, row, filter.member).some((one) => holds(target.type, one, filter.part) === true);
        return filter.quantifier === 'none' ? !some : some;
      }
      default:
        // Of whoever has left nothing but the name can be filtered on: no other condition holds.
        if (type === 'User' && row.isFormer && ofOneself.has(`User.${filter.member}`)) return false;
        return compare(row[filter.member], filter.operator, filter.value);
    }
  };

  const list = (
    type: TypeName,
    found: readonly Row[],
    args: ListArguments,
  ): { page: readonly Row[]; total: number } => {
    const matching = args.filter ? found.filter((row) => holds(type, row, args.filter as Filter) === true) : [...found];
    const fallback = type === 'Task' ? 'number' : type === 'Project' ? 'key' : 'body';
    const column =
      args.order && (type === 'Project' || type === 'Task') ? (orders[type][args.order.field] ?? fallback) : fallback;
    const sign = args.order?.direction === 'DESC' ? -1 : 1;
    const sorted = [...matching].sort(
      (one, other) => sign * (order(one[column], other[column]) || order(one.id, other.id)),
    );
    return { page: sorted.slice(0, args.first), total: matching.length };
  };

  const select = (
    type: TypeName,
    row: Row | null,
    fields: readonly Selected[],
    reached: boolean,
  ): Record<string, unknown> => {
    const data: Record<string, unknown> = {};
    for (const selected of fields) {
      if (selected.condition && (selected.condition.directive === 'skip') === selected.condition.value) continue;
      const key = selected.alias ?? selected.field;
      const coordinate = `${type}.${selected.field}`;
      if (!can(typeNeeds[type]) || !can(needs[coordinate])) {
        denied.add(coordinate);
        data[key] = null;
        continue;
      }
      const target = targetOf(type, selected.field);
      if (!target) {
        const open = !ofOneself.has(coordinate) || can('user.contact:read') || row?.id === viewer.id;
        // Of a person the row decides; of a key, which is nobody's self, permissions alone: reported even if no row is reached.
        if (!open && (reached || viewer.isKey)) denied.add(coordinate);
        const isGone = row?.isFormer === true && ofOneself.has(coordinate);
        data[key] = open && !isGone ? leaf(row?.[selected.field]) : null;
        continue;
      }
      const inputs = selected.list ? deniedInputs(target.type, selected.list) : [];
      if (inputs.length > 0) {
        for (const input of inputs) denied.add(input);
        data[key] = null;
        continue;
      }
      const found = reached ? related(type, row, selected.field) : [];
      if (target.many && selected.list) {
        const { page, total } = list(target.type, found, selected.list);
        // What is denied by permissions alone is reported even if no row is reached.
        if (page.length === 0) select(target.type, null, selected.inner, false);
        data[key] = { totalCount: total, nodes: page.map((one) => select(target.type, one, selected.inner, true)) };
      } else {
        const [one] = found;
        if (!one) select(target.type, null, selected.inner, false);
        data[key] = one ? select(target.type, one, selected.inner, true) : null;
      }
    }
    return data;
  };

  return { data: select('Query', null, selection, true), denied };
}

const and = (one: Three, other: Three): Three =>
  one === false || other === false ? false : one === null || other === null ? null : true;
const or = (one: Three, other: Three): Three =>
  one === true || other === true ? true : one === null || other === null ? null : false;

function compare(value: unknown, operator: string, operand: string | number | boolean): Three {
  if (operator === 'isNull') return (value === null) === operand;
  if (value === null || value === undefined) return null;
  if (operator === 'contains') return String(value).toLowerCase().includes(String(operand).toLowerCase());
  const result = order(value, operand);
  return operator === 'eq' ? result === 0 : operator === 'gt' ? result > 0 : result < 0;
}

/** Null is the largest; decimals compare as numbers. */
function order(one: unknown, other: unknown): number {
  if (one === other) return 0;
  if (one === null || one === undefined) return 1;
  if (other === null || other === undefined) return -1;
  const isNumber = (value: unknown) => typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(String(value));
  if (isNumber(one) && isNumber(other)) return Number(one) - Number(other);
  return String(one) < String(other) ? -1 : String(one) > String(other) ? 1 : 0;
}

const leaf = (value: unknown): unknown => (value === undefined ? null : value);
