/**
 * What is wrong with the tables of a database, each in one line with what to do: walls that keep one organization's rows
 * from another's, rights of the gateway's role, and indexes that nouns need. Columns are the schema difference's to find.
 */
import type { OpenView, PolicyFacts, TableFacts } from './database-facts.ts';
import {
  engineForeignKeys,
  engineLooseRows,
  engineWalls,
  type Policy,
  tenantWalls,
  type Walls,
} from './engine-walls.ts';
import { gatewayGroup } from './gateway-role.ts';
import type { SchemaFile, SchemaStep } from './schema-diff.ts';
import {
  createIndex,
  createTenantPolicy,
  dropPolicy,
  enableRowSecurity,
  grantRights,
  indexAttribute,
  makeViewInvoker,
  missingIndexes,
  type NounTable,
  revokeRights,
} from './tenant-walls.ts';

/** A model of the Prisma schema and where its rows are. */
export interface ModelTable {
  readonly model: string;
  readonly table: string;
  /** Whether the engine brings it. */
  readonly isOfEngine: boolean;
}

/** The history of migrations has no model, and nobody but the owner reads it. */
const historyTable = '_prisma_migrations';

/** Models of a schema, with `@@map`. */
export function modelTablesOf(files: readonly SchemaFile[]): readonly ModelTable[] {
  return files.flatMap(({ path, content }) =>
    [...content.matchAll(/^model\s+(\w+)\s*\{\n([\s\S]*?)^\}/gm)].map(([, model = '', body = '']) => ({
      model,
      table: /^\s*@@map\("([^"]+)"\)/m.exec(body)?.[1] ?? model,
      isOfEngine: path === 'engine.prisma',
    })),
  );
}

const inOneLine = (sql: string): string => sql.replace(/\s+/g, ' ').trim();

const inMigration = (...statements: readonly string[]): string =>
  `In a migration: ${statements.map(inOneLine).join(' ')}`;

/** The statements that would make a database what the schema says, each as a line. */
export function describeSteps(steps: readonly SchemaStep[]): readonly string[] {
  return steps.map(
    ({ what, sql }) =>
      `The database is not what prisma/schema says (${what}). Change the schema back, or ${inMigration(sql).replace(/^I/, 'i')}`,
  );
}

/** What PostgreSQL says of a policy, and what is expected, on one line and without its layout. */
const textOf = ({ command, using, check }: Policy): string =>
  inOneLine(`${command}${using ? ` using ${using}` : ''}${check ? ` with check ${check}` : ''}`);

const isForGateway = ({ roles }: PolicyFacts): boolean => roles.length === 1 && roles[0] === gatewayGroup;

/** One policy that is expected. */
function checkPolicy(table: string, expected: Policy, found: PolicyFacts | undefined, isTenant: boolean): string[] {
  const remedy = isTenant
    ? inMigration(...(found ? [dropPolicy(table, expected.name)] : []), createTenantPolicy(table))
    : `Expected for ${gatewayGroup}: ${textOf(expected)}`;
  if (!found) return [`${table}: the policy ${expected.name} is missing. ${remedy}`];
  if (!found.isRestrictive && isForGateway(found) && textOf(found) === textOf(expected)) return [];
  const to = found.roles.join(', ');
  return [`${table}: the policy ${expected.name} is another: ${textOf(found)}, to ${to}. ${remedy}`];
}

function checkPolicies(facts: TableFacts, { policies }: Walls): string[] {
  const byName = new Map(facts.policies.map((policy) => [policy.name, policy]));
  const expected = new Set(policies.map(({ name }) => name));
  return [
    ...(facts.hasRowSecurity
      ? []
      : [`${facts.name}: row-level security is off. ${inMigration(enableRowSecurity(facts.name))}`]),
    ...policies.flatMap((policy) =>
      checkPolicy(facts.name, policy, byName.get(policy.name), policies === tenantWalls.policies),
    ),
    // One that restricts takes rows away, never adds any.
    ...facts.policies
      .filter(({ name, isRestrictive }) => !expected.has(name) && !isRestrictive)
      .map(
        ({ name }) =>
          `${facts.name}: the policy ${name} opens rows beside those of the others: policies add up unless they are ` +
          `restrictive. ${inMigration(dropPolicy(facts.name, name))}`,
      ),
  ];
}

function checkRights(facts: TableFacts, rights: readonly string[]): string[] {
  const missing = rights.filter((right) => !facts.rights.includes(right));
  const extra = facts.rights.filter((right) => !rights.includes(right));
  return [
    ...(missing.length > 0
      ? [
          `${facts.name}: the gateway’s role lacks ${missing.join(', ')}. ${inMigration(grantRights(facts.name, missing))}`,
        ]
      : []),
    ...(extra.length > 0
      ? [
          `${facts.name}: the gateway’s role has ${extra.join(', ')}, which it does not need. ` +
            inMigration(revokeRights(facts.name, extra, gatewayGroup)),
        ]
      : []),
    ...(facts.publicRights.length > 0
      ? [
          `${facts.name}: everybody has ${facts.publicRights.join(', ')}. ` +
            inMigration(revokeRights(facts.name, facts.publicRights, 'public')),
        ]
      : []),
  ];
}

/** Foreign keys of a tenant's table: PostgreSQL itself refuses a row that points into another organization. */
function checkForeignKeys(facts: TableFacts, tenants: ReadonlySet<string>): string[] {
  const pairs = (key: TableFacts['foreignKeys'][number]) =>
    key.columns.map((column, place) => [column, key.targetColumns[place] ?? ''] as const);
  const carries = (key: TableFacts['foreignKeys'][number]) =>
    pairs(key).some(([column, target]) => column === 'organizationId' && target === 'organizationId');
  const lines = facts.foreignKeys
    .filter(({ name }) => !engineForeignKeys.has(name))
    .flatMap((key) => {
      if (tenants.has(key.target))
        return carries(key)
          ? []
          : [
              `${facts.name}: the foreign key ${key.name} to ${key.target} carries no organization: ` +
                'a row could point into another one. In the Prisma schema: fields: [organizationId, …], ' +
                'references: [organizationId, …], and onDelete: Cascade or NoAction.',
            ];
      if (key.target !== 'User') return [];
      const [column = ''] = key.columns;
      const isMember = facts.foreignKeys.some(
        (other) =>
          other.target === 'Membership' &&
          carries(other) &&
          pairs(other).some(([from, to]) => from === column && to === 'userId'),
      );
      return isMember
        ? []
        : [
            `${facts.name}: ${column} leads to an account, and nothing keeps it to members of the organization. In the ` +
              `Prisma schema: a second relation to Membership, fields: [organizationId, ${column}], ` +
              'references: [organizationId, userId], onDelete: NoAction.',
          ];
    });
  if (engineLooseRows.has(facts.name)) return lines;
  const isAnchored = facts.foreignKeys.some(
    ({ target, columns }) => target === 'Organization' && columns.join() === 'organizationId',
  );
  return [
    ...lines,
    ...(isAnchored
      ? []
      : [
          `${facts.name}: its organizationId leads to no organization. In the Prisma schema: organization Organization ` +
            '@relation(fields: [organizationId], references: [id], onDelete: Cascade).',
        ]),
    ...(facts.columns.organizationId
      ? [
          `${facts.name}: its organizationId may be null: such a row belongs to nobody. ` +
            'In the Prisma schema: organizationId String.',
        ]
      : []),
  ];
}

/** Indexes for the orders and filters of declared nouns. */
export function checkIndexes(tables: readonly TableFacts[], nouns: readonly NounTable[]): readonly string[] {
  const byName = new Map(tables.map((facts) => [facts.name, facts]));
  return nouns.flatMap((noun) => {
    const facts = byName.get(noun.table);
    if (!facts) return [`${noun.model}: there is no table ${noun.table}. Write its migration.`];
    const columns = [...new Set([...noun.orders, ...noun.filters])];
    const unknown = columns.filter((column) => facts.columns[column] === undefined);
    const known = (list: readonly string[]) => list.filter((column) => !unknown.includes(column));
    return [
      ...unknown.map(
        (column) => `${noun.model}: ${noun.table} has no column ${column}. Change the declaration, or add it.`,
      ),
      ...missingIndexes({ ...noun, orders: known(noun.orders), filters: known(noun.filters) }, facts.indexes).map(
        (index) =>
          `${noun.model}: no index serves ${index[1]}. In the Prisma schema: ${indexAttribute(index)}; ` +
          inMigration(createIndex(noun.table, index)).replace(/^I/, 'i'),
      ),
    ];
  });
}

/** Views that show the rows of all organizations. */
export function checkViews(views: readonly OpenView[]): readonly string[] {
  return views.map(({ name, isMaterialized }) =>
    isMaterialized
      ? `${name}: a materialized view has no policies: whoever may read it reads all organizations’ rows. ` +
        inMigration(revokeRights(name, ['ALL'], `public, ${gatewayGroup}`))
      : `${name}: the view reads as its owner, past row-level security. ${inMigration(makeViewInvoker(name))}`,
  );
}

/**
 * Compares the tables with what the walls need.
 * @param models of the Prisma schema.
 * @param nouns the declared ones, with their orders and filters.
 * @returns a line for each difference; none when all is well.
 */
export function checkTables(
  tables: readonly TableFacts[],
  models: readonly ModelTable[],
  nouns: readonly NounTable[] = [],
): readonly string[] {
  const byTable = new Map(models.map((model) => [model.table, model]));
  const tenants = new Set(tables.filter(({ columns }) => 'organizationId' in columns).map(({ name }) => name));
  const lines = tables.flatMap((facts) => {
    const model = byTable.get(facts.name);
    if (!model) {
      if (facts.name === historyTable) return checkRights(facts, []);
      return facts.policies.map(
        ({ name }) =>
          `${facts.name}: the policy ${name} is of a table that no model has. Add the model to prisma/schema, or ` +
          `${inMigration(dropPolicy(facts.name, name)).replace(/^I/, 'i')}`,
      );
    }
    const special = model.isOfEngine ? engineWalls[facts.name] : undefined;
    if (tenants.has(facts.name)) {
      const walls = special ?? tenantWalls;
      return [...checkPolicies(facts, walls), ...checkRights(facts, walls.rights), ...checkForeignKeys(facts, tenants)];
    }
    if (special) return [...checkPolicies(facts, special), ...checkRights(facts, special.rights)];
    // Rows of no organization: who sees them is for its author to say, as a policy.
    return facts.hasRowSecurity && facts.policies.length > 0
      ? checkRights(facts, facts.rights)
      : [
          `${facts.name}: it has no organizationId and no policy, so that nobody’s rows are told from another’s. Add ` +
            `organizationId, or ${inMigration(enableRowSecurity(facts.name)).replace(/^I/, 'i')} create policy … ` +
            `to ${gatewayGroup} using (…);`,
        ];
  });
  const present = new Set(tables.map(({ name }) => name));
  const absent = models.filter(({ table }) => !present.has(table));
  return [
    ...lines,
    ...absent.map(({ model, table }) => `${model}: there is no table ${table}. Write its migration.`),
    ...checkIndexes(tables, nouns),
  ];
}
