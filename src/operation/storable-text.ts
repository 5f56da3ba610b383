/**
 * Finds text that nothing behind the gateway can keep: U+0000, which PostgreSQL refuses in every text and in JSON, and halves of surrogate
 * pairs, which are no Unicode and change when they are written as UTF-8. Asked once, where literals and variables are read.
 */
import { type ArgumentNode, Kind, type ValueNode } from 'graphql';
import type { InputIssue } from '../errors.ts';

type Path = readonly (string | number)[];

/** As many as are reported. */
const maxIssues = 10;
const unstorable = /[\0\p{Cs}]/u;
const message = 'A text holds U+0000 or half of a surrogate pair, which cannot be stored.';

/** Looks through what was sent for a variable, the names of members included; its nesting is bounded already. */
export function collectUnstorable(value: unknown, path: Path, into: InputIssue[]): void {
  if (into.length >= maxIssues) return;
  if (typeof value === 'string') {
    if (unstorable.test(value)) into.push({ path, message });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collectUnstorable(item, [...path, index], into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      // The name itself is not quoted: it would be in the answer's JSON.
      if (unstorable.test(name)) into.push({ path, message });
      else collectUnstorable(item, [...path, name], into);
    }
  }
}

/** Looks through the literals of arguments; each path begins with the argument's name. */
export function collectUnstorableLiterals(args: readonly ArgumentNode[], into: InputIssue[]): void {
  for (const argument of args) collectLiteral(argument.value, [argument.name.value], into);
}

/** Looks through one literal. */
export function collectLiteral(value: ValueNode, path: Path, into: InputIssue[]): void {
  if (into.length >= maxIssues) return;
  if (value.kind === Kind.STRING) {
    if (unstorable.test(value.value)) into.push({ path, message });
  } else if (value.kind === Kind.LIST) {
    for (const [index, item] of value.values.entries()) collectLiteral(item, [...path, index], into);
  } else if (value.kind === Kind.OBJECT) {
    for (const item of value.fields) collectLiteral(item.value, [...path, item.name.value], into);
  }
}
