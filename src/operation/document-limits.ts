/** The bounds of documents as they are configured: for those who send one, and for those who register one. */
import type { Config } from '../config.ts';
import type { DocumentLimits } from './document.ts';
import type { VariableLimits } from './variables.ts';

/** Reads the bounds off the configuration. */
export function documentLimitsOf(config: Config): DocumentLimits {
  return {
    maxTokens: config.MAX_TOKENS,
    maxDepth: config.MAX_DEPTH,
    maxAliases: config.MAX_ALIASES,
    maxRootFields: config.MAX_ROOT_FIELDS,
    maxDirectives: config.MAX_DIRECTIVES,
    maxFragmentSpreads: config.MAX_FRAGMENT_SPREADS,
    maxOperationNameLength: config.MAX_OPERATION_NAME_LENGTH,
  };
}

/** Reads the bounds of variables off the configuration. */
export function variableLimitsOf(config: Config): VariableLimits {
  return { maxDepth: config.MAX_VARIABLE_DEPTH, maxValues: config.MAX_VARIABLE_VALUES };
}
