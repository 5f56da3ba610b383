/** The whole table as role x coordinate, from the policies: for `accessMatrix` and for `docs/authorization-matrix.md`. */
import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { decideAll, fieldRules, typeRules } from './decide-coordinate.ts';
import { PermissionSet } from './permission-set.ts';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, describeRule, type Rule, requiredPermissions } from './rules.ts';
import type { Viewer } from './viewer.ts';

/** A column of the matrix: somebody with a set of permissions. */
export interface MatrixColumn {
  readonly key: string;
  readonly viewer: Viewer;
}

/** A row of the matrix: one coordinate, decided for each column. */
export interface MatrixRow {
  readonly coordinate: string;
  readonly rule: string;
  readonly requires: readonly string[];
  readonly decisions: Readonly<Record<string, Decision>>;
}

/** Somebody without a credential. */
export const anonymousViewer: Viewer = { kind: 'anonymous', organization: null, permissions: PermissionSet.none };

/** A person who holds a set of permissions and is nobody in particular: for decisions about a role. */
export function hypotheticalViewer(permissions: PermissionSet, kind: 'user' | 'apiKey' = 'user'): Viewer {
  const organization = { id: '', slug: '' };
  return kind === 'user'
    ? {
        kind,
        userId: '',
        sessionId: '',
        organization,
        membershipId: '',
        membershipState: 'ACTIVE',
        roles: [],
        permissions,
      }
    : {
        kind,
        apiKeyId: '',
        prefix: '',
        client: '',
        allowAdHoc: false,
        organization,
        roles: [],
        permissions,
        budget: null,
        requestsPerMinute: null,
        makers: [],
      };
}

/** The rules that decide a coordinate together: a field's with its type's, an input's alone. */
export function rulesOfCoordinate(schema: GraphQLSchema, policies: PolicyTable, coordinate: string): readonly Rule[] {
  const [typeName = '', member] = coordinate.split(/[.(]/);
  const type = schema.getType(typeName);
  const own = policies[coordinate];
  if (!own) return [];
  if (!type || !(isObjectType(type) || isInterfaceType(type))) return [own];
  if (member === undefined) return typeRules(policies, type);
  return coordinate.includes('(') ? [...fieldRules(policies, type, member), own] : fieldRules(policies, type, member);
}

/** The rules in words, without repetition. */
export function wordsOf(rules: readonly Rule[]): string {
  const telling = rules.filter((rule) => !describeRule(rule).inherited && describeRule(rule).words !== 'Anyone.');
  const words = new Set((telling.length > 0 ? telling : rules.slice(-1)).map((rule) => describeRule(rule).words));
  return [...words].join(' And: ');
}

/**
 * Computes the matrix over the coordinates of the table, sorted.
 * @param asked which of them; all when left out.
 */
export function computeMatrix(
  schema: GraphQLSchema,
  policies: PolicyTable,
  columns: readonly MatrixColumn[],
  asked: (coordinate: string) => boolean = () => true,
): readonly MatrixRow[] {
  return Object.keys(policies)
    .filter(asked)
    .sort()
    .map((coordinate) => {
      const rules = rulesOfCoordinate(schema, policies, coordinate);
      const isInput = coordinate.includes('(') || !isOutput(schema, coordinate);
      const decisions = columns.map(({ key, viewer }) => {
        const decision = decideAll(rules, viewer);
        // A rule of the row never opens an input.
        return [key, isInput && decision === 'perRow' ? 'denied' : decision] as const;
      });
      return {
        coordinate,
        rule: wordsOf(rules),
        requires: [...new Set(rules.flatMap((rule) => requiredPermissions(rule)))],
        decisions: Object.fromEntries(decisions),
      };
    });
}

function isOutput(schema: GraphQLSchema, coordinate: string): boolean {
  const type = schema.getType(coordinate.split(/[.(]/)[0] ?? '');
  return isObjectType(type) || isInterfaceType(type);
}

const signs: Readonly<Record<Decision, string>> = { allowed: 'x', denied: '', perRow: 'self' };

/** The matrix as a Markdown page. Rows that let everybody in whoever may use what carries them are left out. */
export function printMatrix(rows: readonly MatrixRow[], columns: readonly MatrixColumn[]): string {
  const keys = columns.map(({ key }) => key);
  const telling = rows.filter((row) => keys.some((key) => row.decisions[key] !== 'allowed'));
  const lines = telling.map(
    (row) => `| \`${row.coordinate}\` | ${keys.map((key) => signs[row.decisions[key] ?? 'denied']).join(' | ')} |`,
  );
  return [
    '# Authorization matrix',
    '',
    'Written by `npm run authz:matrix` from the table of policies; `npm run check` fails when it is out of step. `x`: allowed;',
    'empty: denied; `self`: only the rows that are about the viewer, or that the viewer wrote. Coordinates that everybody may use,',
    'also without a credential, and inputs that follow the field which carries them, are left out.',
    '',
    `| coordinate | ${keys.join(' | ')} |`,
    `|---|${keys.map(() => '---').join('|')}|`,
    ...lines,
    '',
  ].join('\n');
}
