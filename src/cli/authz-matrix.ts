/**
 * `npm run authz:matrix`: writes docs/authorization-matrix.md from the policyTable(); with `--check` verifies that the page is in
 * step and exits with 1 when it is not, so that a change of policy is a visible difference in review.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { anonymousViewer, computeMatrix, hypotheticalViewer, printMatrix } from '../authorization/matrix.ts';
import { PermissionSet } from '../authorization/permission-set.ts';
import { policyTable } from '../authorization/policies.ts';
import { systemRole, systemRoleKeys } from '../authorization/roles.ts';
import { buildPublicSchema } from '../schema.ts';

const path = new URL('../../docs/authorization-matrix.md', import.meta.url);

const columns = [
  ...systemRoleKeys.map((key) => ({
    key,
    viewer: hypotheticalViewer(new PermissionSet(systemRole(key).permissions)),
  })),
  { key: 'anonymous', viewer: anonymousViewer },
];
const page = printMatrix(computeMatrix(buildPublicSchema(), policyTable(), columns), columns);

if (process.argv.includes('--check')) {
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept !== page) {
    console.error(
      'docs/authorization-matrix.md is out of step with the policyTable(): run `npm run authz:matrix` and review the difference.',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(path, page);
  console.log('Wrote docs/authorization-matrix.md');
}
