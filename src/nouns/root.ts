/** The root types. Each noun adds its own fields to them. */

import { builder } from './builder.ts';
import { rootPolicies as policies } from './root-policies.ts';

builder.queryType({ description: 'Everything that can be read.', authScopes: policies.Query });
builder.mutationType({ description: 'Everything that can be changed.', authScopes: policies.Mutation });
