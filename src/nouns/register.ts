/** Every declared noun by its name: for what walks over all of them, such as proofs, checks of the database and a person's export. */
import { Register } from '../authorization/catalogue.ts';
import type { AnyNoun } from './declaration.ts';

const register = new Register<AnyNoun>('noun');

/** Adds a noun. @throws Error for a name that is taken. */
export function registerNoun(noun: AnyNoun): void {
  register.add(noun.name, noun);
}

/** A noun by its name; undefined for Fieldgate's own, which are not declared so. */
export function nounOf(name: string): AnyNoun | undefined {
  return register.get(name);
}

/** Every declared noun. */
export function declaredNouns(): readonly AnyNoun[] {
  return [...register.all().values()];
}
