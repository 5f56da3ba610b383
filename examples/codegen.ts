/** Typed documents and manifests of the examples, from the printed schema: `npm run examples:generate`. */
import type { CodegenConfig } from '@graphql-codegen/cli';

const typedClient = (folder: string): CodegenConfig['generates'] => ({
  [`examples/${folder}/generated/`]: {
    preset: 'client',
    documents: `examples/${folder}/operations/*.graphql`,
    presetConfig: {
      fragmentMasking: false,
      // The gateway calls operations by the SHA-256 of their text.
      persistedDocuments: {
        mode: 'replaceDocumentWithHash',
        hashPropertyName: 'documentHash',
        hashAlgorithm: 'sha256',
      },
    },
    config: {
      documentMode: 'string',
      enumsAsTypes: true,
      onlyOperationTypes: true,
      useTypeImports: true,
      scalars: { DateTime: 'string', Decimal: 'string', JSON: 'unknown', Upload: 'File' },
      strictScalars: true,
    },
  },
});

const config: CodegenConfig = {
  schema: 'schema.graphql',
  emitLegacyCommonJSImports: false,
  generates: { ...typedClient('partner'), ...typedClient('frontend') },
};

export default config;
