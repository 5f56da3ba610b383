/** What the fields of accounts and access cost. */
import { defineWeights } from '../operation/field-weights.ts';

defineWeights({
  'Mutation.register': 10,
  'Mutation.signIn': 10,
  'Mutation.resetPassword': 10,
  'Mutation.changePassword': 10,
  'Mutation.requestPasswordReset': 10,
  'Mutation.exportAccount': 50,
  'Query.accessMatrix': { weight: 100, assumedSize: 10 },
  'Query.explainAccess': { weight: 10, text: { argument: 'operation', charactersPerPoint: 10 } },
  'Query.permissions': { assumedSize: 50 },
});
