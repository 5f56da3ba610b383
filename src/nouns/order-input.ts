/** `<Name>Order`: which column a list is sorted by, and which end comes first. */
import { type ColumnPath, compares } from '../authorization/column-uses.ts';
import { builder } from './builder.ts';
import { OrderDirection } from './connection.ts';
import type { OrderColumn } from './page.ts';

/** Columns that a list can be sorted by, with what a person reads about each. */
export type OrderColumns = Readonly<Record<string, OrderColumn & { readonly description: string }>>;

/** Makes the enum `<Name>OrderField` and the input `<Name>Order`, of the model of this name. */
export function createOrderInput(name: string, columns: OrderColumns) {
  const field = builder.enumType(`${name}OrderField`, {
    description: `What ${name} lists can be sorted by.`,
    values: Object.fromEntries(
      Object.entries(columns).map(([value, { column, description }]) => [
        value,
        // A name that the model does not have stops the start.
        { value, description, extensions: compares(`${name}.${column}` as ColumnPath) },
      ]),
    ),
  });
  return builder.inputType(`${name}Order`, {
    description: `How ${name} lists are sorted.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'The column.' }),
      direction: t.field({ type: OrderDirection, description: 'Ascending when left out.' }),
    }),
  });
}
