/** Operations that use each input coordinate with a need of its own. */

/** An operation that uses an input coordinate, and the field that carries it. */
export function useOf(coordinate: string): { text: string; carrier: string } {
  const [type = '', member = ''] = coordinate.split('.');
  const condition: Readonly<Record<string, string>> = {
    tasks: '{ some: {} }',
    comments: '{ none: {} }',
    project: '{}',
  };
  const filter = `filter: { ${member}: ${condition[member] ?? '{}'} }`;
  const lists: Readonly<Record<string, string>> = {
    ProjectFilter: 'projects',
    TaskFilter: 'tasks',
    UserFilter: 'users',
  };
  const orders: Readonly<Record<string, string>> = {
    ProjectOrderField: 'projects',
    TaskOrderField: 'tasks',
    UserOrderField: 'users',
  };
  if (type === 'CommentFilter')
    return { text: `{ tasks(first: 1) { nodes { comments(${filter}) { totalCount } } } }`, carrier: 'Task.comments' };
  if (lists[type]) return { text: `{ ${lists[type]}(${filter}) { totalCount } }`, carrier: `Query.${lists[type]}` };
  if (orders[type])
    return {
      text: `{ ${orders[type]}(orderBy: { field: ${member} }) { totalCount } }`,
      carrier: `Query.${orders[type]}`,
    };
  if (type === 'AccessSubject')
    return {
      text: `{ explainAccess(operation: "{ __typename }", as: { ${member}: "x" }) { allowed } }`,
      carrier: 'Query.explainAccess',
    };
  const values: Readonly<Record<string, string>> = {
    budget: '"1.00"',
    estimateMinutes: '1',
    internalNotes: '"x"',
    internal: 'true',
    allowAdHoc: 'true',
  };
  const required: Readonly<Record<string, string>> = {
    CreateProjectInput: 'key: "KEY", name: "x"',
    UpdateProjectInput: 'id: "x"',
    CreateTaskInput: 'projectId: "x", title: "x"',
    UpdateTaskInput: 'id: "x"',
    AddCommentInput: 'taskId: "x", body: "x"',
    CreateApiKeyInput: 'name: "x", client: "x", roleKey: "guest"',
  };
  const mutation = type.charAt(0).toLowerCase() + type.slice(1, -'Input'.length);
  return {
    text: `mutation { ${mutation}(input: { ${required[type]}, ${member}: ${values[member]} }) { __typename } }`,
    carrier: `Mutation.${mutation}`,
  };
}
