/** Rows that only join two others. No type stands for them, so that no id leads to them; they are met between the two. */
import { Register } from '../authorization/catalogue.ts';
import { defineVisibility, type ModelName, type ModelVisibility } from '../authorization/visibility.ts';
import type { DatabaseTransaction } from '../stores/database.ts';
import { modelOf } from './delegate.ts';

/** What is declared of them. */
export interface JoinDeclaration<Model extends ModelName> extends Omit<ModelVisibility<Model>, 'hasIds'> {
  /** The column of a member's account: the rows end with the membership. */
  readonly endsWithMembership?: string;
}

const endings = new Register<string>('end with a membership of');

/** Declares them. */
export function defineJoin<Model extends ModelName>(model: Model, join: JoinDeclaration<Model>): void {
  const { endsWithMembership, ...visibility } = join;
  defineVisibility(model, { ...visibility, hasIds: false });
  if (endsWithMembership !== undefined) endings.add(model, endsWithMembership);
}

/** Removes what joins a person to rows of the organization in scope; for the end of their membership. */
export async function endJoinsOf(tx: DatabaseTransaction, userId: string): Promise<void> {
  for (const [model, column] of endings.all())
    await modelOf(tx, model as ModelName).deleteMany({ where: { [column]: userId } });
}
