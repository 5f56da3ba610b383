/** Composes the reading and the running of operations, guarded as the table of policies says: for `app.ts` and for tests alike. */

import type { GraphQLSchema } from 'graphql';
import type { Authenticator } from '../authorization/authenticator.ts';
import { createColumnGuard } from '../authorization/column-guard.ts';
import { columnRulesOf } from '../authorization/column-rules.ts';
import { columnUsesOf } from '../authorization/column-uses.ts';
import { describeOperation } from '../authorization/decisions.ts';
import { createPlanner, type Planner } from '../authorization/plan.ts';
import type { PolicyTable } from '../authorization/policy-table.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { Config } from '../config.ts';
import type { BudgetStore } from '../stores/budget-store.ts';
import type { Database } from '../stores/database.ts';
import { type ChargerOptions, createCharger } from './charge.ts';
import { compilePointRead } from './compile/point-read.ts';
import { documentLimitsOf, variableLimitsOf } from './document-limits.ts';
import { type FieldLimit, fieldLimits as gatewayLimits } from './field-limit-table.ts';
import { createFieldLimiter, refuseLimitedFields } from './field-limits.ts';
import { createIssuedViewerAnswer } from './issued-viewer.ts';
import { createOperationReader, type OperationReader } from './prepare.ts';
import { createOperationRunner, type OperationRunner } from './run.ts';
import type { ViewerScopeOptions } from './viewer-scope.ts';

/** Options of {@link createOperations}. */
export interface OperationsOptions extends Pick<ViewerScopeOptions, 'onStatement'> {
  readonly config: Config;
  readonly publicSchema: GraphQLSchema;
  /** Changed in place: its limited fields can be refused. */
  readonly executableSchema: GraphQLSchema;
  /** Whether the executable schema is the planned one; false only in tests that compare. */
  readonly planned: boolean;
  readonly policies: PolicyTable;
  /** The gateway's own unless given. */
  readonly fieldLimits?: readonly FieldLimit[];
  readonly budgets: BudgetStore;
  readonly db: Pick<Database, '$rowStatement'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly onOverLimit?: ChargerOptions['onOverLimit'];
}

/** What reads, plans and runs operations. */
export interface Operations {
  readonly reader: OperationReader;
  readonly planner: Planner;
  readonly runner: OperationRunner;
}

/** Makes them. */
export function createOperations(options: OperationsOptions): Operations {
  const { config, publicSchema, executableSchema, policies, fieldLimits = gatewayLimits } = options;
  const reader = createOperationReader({
    schema: publicSchema,
    limits: documentLimitsOf(config),
    variableLimits: variableLimitsOf(config),
  });
  const columnRules = columnRulesOf(policies, columnUsesOf(publicSchema));
  const planner = createPlanner(publicSchema, policies);
  refuseLimitedFields(executableSchema, fieldLimits);
  const runner = createOperationRunner({
    planner,
    executableSchema,
    planned: options.planned,
    guardOf: (viewer: Viewer) => createColumnGuard(columnRules, viewer),
    onStatement: options.onStatement,
    charge: createCharger({
      budgets: options.budgets,
      maxCost: {
        anonymous: config.MAX_COST_ANONYMOUS ?? config.MAX_COST,
        user: config.MAX_COST,
        apiKey: config.MAX_COST_API_KEY ?? config.MAX_COST,
      },
      viewerBudget: config.COST_BUDGET_PER_MINUTE,
      organizationBudget: config.COST_BUDGET_PER_ORGANIZATION_PER_MINUTE,
      addressBudget: config.COST_BUDGET_PER_ADDRESS_PER_MINUTE,
      enforced: config.LIMITS_MODE === 'enforce',
      onOverLimit: options.onOverLimit,
    }),
    limitFields: createFieldLimiter(fieldLimits),
    compile: ({ definition }, plan) => compilePointRead(executableSchema, definition, plan, options.db),
    describe: (operation, viewer, plan) =>
      describeOperation({ schema: publicSchema, policies, operation, viewer, plan }),
    handOver: createIssuedViewerAnswer(options.authenticator),
  });
  return { reader, planner, runner };
}
