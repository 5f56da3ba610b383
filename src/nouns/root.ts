/** The root types. Each noun adds its own fields to them. */
import { policies } from '../authorization/policies.ts';
import { builder } from './builder.ts';

builder.queryType({ description: 'Everything that can be read.', authScopes: policies.Query });
builder.mutationType({ description: 'Everything that can be changed.', authScopes: policies.Mutation });
