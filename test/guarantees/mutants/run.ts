/**
 * `npm run test:mutants`: plants each bug in a copy of the tree and runs the tests that concern it; prints caught/planted. A bug that no
 * test finds is a hole in the tests: exit code 1. Words after `--` plant only what has them in its file or description.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedDatabase } from '../../../src/dev/embedded-database.ts';
import { type Mutant, mutants } from './mutants.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** As many as the machine has cores for: a run is a few seconds of one core. */
const workers = 2;
const runTimeoutMs = 600_000;
/** Characters of a run's output that are shown where it fails though nothing was planted. */
const maxTold = 4_000;

/** The tests that concern a bug, the quickest first; what follows runs only while nothing has been found. */
const authorizationStages: readonly (readonly string[])[] = [
  [
    'test/guarantees/table-by-hand.test.ts',
    'test/authorization/plan.test.ts',
    'test/authorization/column-guard.test.ts',
    'test/authorization/coverage.test.ts',
    'test/authorization/visibility.test.ts',
    'test/nouns/input-rules.test.ts',
    'test/nouns/filters.test.ts',
    'test/operation/prepare.test.ts',
  ],
  ['matrix', 'allowed-means-allowed', 'asking-why', 'column-walls', 'untold', 'leaks'].map(
    (name) => `test/guarantees/${name}.test.ts`,
  ),
  [
    'test/http/one-reading.test.ts',
    'test/guarantees/visibility-wall.test.ts',
    'test/guarantees/former-members.test.ts',
    'test/guarantees/edges.test.ts',
    'test/guarantees/expected-access.test.ts',
    'test/guarantees/property/oracle.test.ts',
    'test/guarantees/property/paths.test.ts',
  ],
];

/** Those of bugs in who may delegate what to whom. */
const delegationStages: readonly (readonly string[])[] = [
  [],
  ['test/http/delegation.test.ts', 'test/http/delegation-standing.test.ts', 'test/http/delegated-keys.test.ts'],
];

/** Those of bugs in what writes promise and tell, and in the walls in the database. */
const writeStages: readonly (readonly string[])[] = [
  [],
  [
    'test/stores/database-walls.test.ts',
    'test/guarantees/untold.test.ts',
    'test/guarantees/allowed-means-allowed.test.ts',
  ],
];

/** Those of bugs in what tables have, and in what finds that they lack it. */
const tableStages: readonly (readonly string[])[] = [
  [],
  ['test/cli/noun-check.test.ts', 'test/stores/tenant-migration.test.ts'],
];

/** Those of bugs in what a stolen session opens. */
const accountStages: readonly (readonly string[])[] = [
  [],
  [
    'test/http/account-guesses.test.ts',
    'test/http/registration.test.ts',
    'test/http/password-reset.test.ts',
    'test/http/persisted-operations.test.ts',
  ],
];

/** Those of bugs in what becomes of stored files. */
const fileStages: readonly (readonly string[])[] = [
  ['test/nouns/stored-files.test.ts'],
  ['test/http/uploads.test.ts', 'test/http/multipart.test.ts'],
];

/** Those of bugs in the wall around the rows that a viewer sees. */
const wallStages: readonly (readonly string[])[] = [
  authorizationStages[0] ?? [],
  ['former-members', 'visibility-wall', 'edges'].map((name) => `test/guarantees/${name}.test.ts`),
];

/** Whether a file of tests needs no database: none of what it imports opens one. */
const isPure = (file: string): boolean =>
  !/support\/(gateway|work|identity|postgres|test-database|registry-gateway)\.ts'|inject\(/.test(
    readFileSync(join(root, file), 'utf8'),
  );

const named = {
  delegation: delegationStages,
  files: fileStages,
  writes: writeStages,
  accounts: accountStages,
  tables: tableStages,
} as const;

const stagesOf = ({ file, stage, tests }: Mutant): readonly (readonly string[])[] => {
  // Its own tests find it, or it survives: whatever else would find it by chance is no guard.
  if (tests) return [tests.filter(isPure), tests.filter((one) => !isPure(one))];
  if (stage) return named[stage];
  if (/^src\/identity\/(authentication\/|.*-service\.ts$)/.test(file) || file.endsWith('/audit-actions.ts'))
    return delegationStages;
  return /wall|stores\/database/.test(file) ? wallStages : authorizationStages;
};

/** What came of a run of tests. */
interface Run {
  readonly passed: boolean;
  /** The end of what it printed. */
  readonly told: string;
}

function copyTree(to: string): void {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  }).split('\n');
  for (const file of files.filter((name) => /^(src|test|prisma|examples|scripts)\/|^[^/]+$/.test(name))) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    try {
      cpSync(join(root, file), join(to, file));
    } catch {
      // Listed, but deleted in the working tree.
    }
  }
  for (const generated of ['src/generated', 'test/generated'])
    cpSync(join(root, generated), join(to, generated), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
}

function run(folder: string, files: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  // One process for all of its files, since what they import is most of what such a run takes; but a domain in another's place
  // needs a process of its own.
  const isolation = files.includes('test/guarantees/row-proofs.test.ts') ? [] : ['--no-isolate'];
  return new Promise((done) => {
    const child = spawn(
      join(root, 'node_modules/.bin/vitest'),
      ['run', '--project', 'gateway', '--bail', '1', '--reporter', 'dot', ...isolation, '--maxWorkers=1', ...files],
      {
        cwd: folder,
        env: { ...process.env, ...env, PROPERTY_RUNS: '300' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let told = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        told = (told + chunk.toString()).slice(-maxTold);
      });
    const timer = setTimeout(() => child.kill('SIGKILL'), runTimeoutMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      done({ passed: code === 0, told });
    });
  });
}

async function isCaught(folder: string, mutant: Mutant, databaseUrl: string): Promise<boolean> {
  const path = join(folder, mutant.file);
  const honest = readFileSync(path, 'utf8');
  if (honest.split(mutant.find).length !== 2)
    throw new Error(`${mutant.file}: "${mutant.find}" must occur exactly once.`);
  writeFileSync(
    path,
    honest.replace(mutant.find, () => mutant.replace),
  );
  try {
    for (const files of stagesOf(mutant)) {
      if (files.length === 0) continue;
      const env = files.every(isPure) ? { WITHOUT_DATABASE: 'true' } : { TEST_DATABASE_URL: databaseUrl };
      if (!(await run(folder, files, env)).passed) return true;
    }
    return false;
  } finally {
    writeFileSync(path, honest);
  }
}

async function main(): Promise<void> {
  const only = process.argv.slice(2);
  const planted = mutants.filter(
    ({ file, what }) => only.length === 0 || only.some((words) => `${file} ${what}`.includes(words)),
  );
  const base = mkdtempSync(join(tmpdir(), 'fieldgate-mutants-'));
  execFileSync('chmod', ['755', base]);
  const database = await startEmbeddedDatabase(join(base, 'database'));
  const survivors: Mutant[] = [];
  const queue = [...planted];
  const startedAt = Date.now();
  const folders = Array.from({ length: workers }, (_, index) => join(base, `tree-${index}`));
  const assertHonestPasses = async (when: string): Promise<void> => {
    const files = [...new Set(planted.flatMap((mutant) => stagesOf(mutant).flat()))];
    const [one = '', other = ''] = folders;
    const half = Math.ceil(files.length / 2);
    const runs = await Promise.all([
      run(one, files.slice(0, half), { TEST_DATABASE_URL: database.ownerUrl }),
      run(other, files.slice(half), { TEST_DATABASE_URL: database.ownerUrl }),
    ]);
    const failed = runs.filter(({ passed }) => !passed);
    if (failed.length > 0)
      throw new Error(
        `The tests fail without any bug planted, ${when}: nothing could be told apart.\n${failed.map(({ told }) => told).join('\n')}`,
      );
  };
  try {
    for (const folder of folders) copyTree(folder);
    await assertHonestPasses('before the first');
    await Promise.all(
      folders.map(async (folder) => {
        for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
          const caught = await isCaught(folder, mutant, database.ownerUrl);
          if (!caught) survivors.push(mutant);
          console.log(
            `${caught ? 'caught  ' : 'SURVIVED'} ${mutant.file.replace('src/authorization/', '')}: ${mutant.what}`,
          );
        }
      }),
    );
    // A server that went away in between would make every bug look caught.
    await assertHonestPasses('after the last');
  } finally {
    await database.stop();
    rmSync(base, { recursive: true, force: true });
  }
  console.log(
    `${planted.length - survivors.length}/${planted.length} in ${Math.round((Date.now() - startedAt) / 1_000)} s`,
  );
  if (survivors.length > 0) process.exitCode = 1;
}

await main();
