/** Enums of the data model, with their filters. */
import { definePolicies } from '../authorization/policies.ts';
import { inherited } from '../authorization/rules.ts';
import { builder } from './builder.ts';
import { filterDescriptions } from './filter.ts';

/** Makes the enum and `<Name>Filter`, which whoever may use the field that carries it may use. */
export function defineEnum<const Values extends readonly [string, ...string[]]>(
  name: string,
  description: string,
  values: Values,
  meanings: Record<Values[number], string>,
) {
  const type = builder.enumType(name, {
    description,
    values: Object.fromEntries(
      values.map((value) => [value, { value, description: meanings[value as Values[number]] }]),
    ) as Record<Values[number], { value: Values[number]; description: string }>,
  });
  const filter = builder.inputType(`${name}Filter`, {
    description: `Conditions on a ${name}.`,
    fields: (t) => ({
      eq: t.field({ type, description: filterDescriptions.eq }),
      not: t.field({ type, description: filterDescriptions.not }),
      in: t.field({ type: [type], description: filterDescriptions.in }),
    }),
  });
  definePolicies(Object.fromEntries(['', '.eq', '.not', '.in'].map((member) => [`${name}Filter${member}`, inherited])));
  return { type, filter, values };
}
