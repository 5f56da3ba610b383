/** Codes of a second factor, as inputs carry them. */
import type { FactorProof } from './second-factor-service.ts';

/** The codes of an input; null where one is left out. */
export function codesOf({
  totp,
  recoveryCode,
}: Partial<Readonly<Record<keyof FactorProof, string | null>>>): FactorProof {
  return { totp: totp ?? null, recoveryCode: recoveryCode ?? null };
}
