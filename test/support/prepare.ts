/** Reads operations for tests of what goes by them, under limits that are not what the test is about. */
import type { GraphQLSchema } from 'graphql';
import type { DocumentLimits } from '../../src/operation/document.ts';
import { createOperationReader, type OperationReader, type PreparedOperation } from '../../src/operation/prepare.ts';

/** A reader whose limits nothing in a test meets, but for those that it sets. */
export function readerOf(schema: GraphQLSchema, limits: Partial<DocumentLimits> = {}): OperationReader {
  return createOperationReader({
    schema,
    limits: {
      maxTokens: 10_000,
      maxDepth: 100,
      maxAliases: 1_000,
      maxRootFields: 1_000,
      maxDirectives: 1_000,
      maxFragmentSpreads: 1_000,
      maxOperationNameLength: 128,
      ...limits,
    },
    variableLimits: { maxDepth: 100, maxValues: 10_000 },
  });
}

/** Reads one operation. @throws the first error of a document that may not run. */
export function prepare(
  schema: GraphQLSchema,
  text: string,
  variables: unknown = {},
  operationName: string | null = null,
): PreparedOperation {
  const reader = readerOf(schema);
  const document = reader.read(text);
  if (document.errors[0]) throw document.errors[0];
  return reader.prepare({ document, operationName, variables });
}
