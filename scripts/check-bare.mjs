/**
 * `npm run check:bare`: a copy of the tree without its domain. The engine's types are checked, its schema is built, a gateway starts with
 * an embedded database and does what it does for everybody (accounts, members, roles, keys, registered operations), and those tests run
 * that name no noun of the demo. `--only=types|start|tests` does one part; `--keep` leaves the copy where it is.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAssembledSchema } from './assemble-schema.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The domain, and what is written for it or for its generated code. */
const left = new Set([
  ...['src/domain', 'prisma/schema/domain.prisma', 'prisma/migrations/domain', 'examples', 'bench', 'docs'],
  ...['.git', '.data', '.env', 'node_modules', 'dist', 'coverage', 'src/generated', 'test/generated'],
]);

/** What a test names that is about the demo's nouns, or about files that the copy does not hold. */
const ofTheDemo =
  /project|task|comment|attachment|support\/(everything|frame|organizations|registry-gateway|rows|work)\b|generated\/gql/i;

/** Tests of the demo that name it in other files than their own, each with what it needs. */
const needsDemo = {
  'test/guarantees/expected-access.test.ts': 'the table of who may what, which is of the demo’s fields',
  'test/guarantees/mutants/mutants.test.ts': 'bugs planted into the demo’s nouns',
  'test/nouns/input-rules.test.ts': 'mutations of the demo’s nouns',
  'test/repository/npm-scripts.test.ts': 'examples and bench',
  'test/repository/env-example.test.ts': 'docs',
  'test/repository/threats.test.ts': 'docs',
  'test/http/client-docs.test.ts': 'docs',
};

/** How long the gateway may take to listen, in milliseconds. */
const startLimitMs = 300_000;

const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length);
const folder = mkdtempSync(join(tmpdir(), 'fieldgate-bare-'));
// Within reach of the embedded server's user.
chmodSync(folder, 0o755);

function fail(words) {
  console.error(`check:bare: ${words}`);
  process.exitCode = 1;
  throw new Error(words);
}

function run(what, ...command) {
  const began = Date.now();
  const { status } = spawnSync('npx', ['--no-install', ...command], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) fail(`${what} failed.`);
  console.log(`check:bare: ${what}: well, after ${Math.round((Date.now() - began) / 1_000)} s.`);
}

function copyTree() {
  cpSync(root, folder, {
    recursive: true,
    filter: (path) => !left.has(path.slice(root.length + 1)) && !path.endsWith('.tsbuildinfo'),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeAssembledSchema(join(folder, 'prisma/schema'), join(folder, 'src/generated/schema'));
  run('the database client', 'prisma', 'generate');
}

/** Takes the tests of the demo out of the copy. @returns those that stay, and how many do not. */
function chooseTests() {
  const all = readdirSync(join(folder, 'test'), { recursive: true })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.test.ts') && statSync(join(folder, name)).isFile())
    .sort();
  const kept = all.filter(
    (name) => !Object.hasOwn(needsDemo, name) && !ofTheDemo.test(readFileSync(join(folder, name), 'utf8')),
  );
  for (const name of all) if (!kept.includes(name)) unlinkSync(join(folder, name));
  return { kept, leftOut: all.length - kept.length };
}

/** Starts the copy's gateway, and calls the work with its address. */
async function withGateway(work) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: folder,
    env: {
      ...process.env,
      ENV_FILE: '',
      PORT: '0',
      LOG_LEVEL: 'warn',
      DATABASE_URL: '',
      DATA_DIR: join(folder, '.data'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => child.once('close', done));
  let output = '';
  const timer = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
  const listening = new Promise((done) =>
    child.stdout.on('data', (chunk) => {
      output += chunk.toString();
      const url = /listens on (http:\S+)\/graphql/.exec(output)?.[1];
      if (url) done(url);
    }),
  );
  try {
    const url = await Promise.race([listening, ended.then(() => null)]);
    clearTimeout(timer);
    if (!url) fail(`the gateway did not get as far as listening.\n${output}`);
    await work(url, /acme: (fg_\S+)/.exec(output)?.[1]);
  } finally {
    clearTimeout(timer);
    child.kill('SIGINT');
    await ended;
  }
}

/** Does what every gateway does, whatever its domain. */
async function tour(url, partnerKey) {
  const send = async (query, variables, headers = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  };
  const must = async (what, ...call) => {
    const { data, errors } = await send(...call);
    if (errors) fail(`${what}: ${JSON.stringify(errors)}`);
    console.log(`check:bare: ${what}: well.`);
    return data;
  };
  const signIn = async (email) => {
    const input = { email, password: 'Fieldgate-demo-1' };
    const query = 'mutation($input: SignInInput!) { signIn(input: $input) { accessToken viewer { user { id } } } }';
    const data = await must(`sign-in of ${email}`, query, { input });
    return { id: data.signIn.viewer.user.id, bearer: { authorization: `Bearer ${data.signIn.accessToken}` } };
  };
  const owner = await signIn('owner@acme.example');
  const guest = await signIn('guest@acme.example');
  const call = (what, name, type, input, answer, headers = owner.bearer) =>
    must(what, `mutation($input: ${type}!) { ${name}(input: $input) { ${answer} } }`, { input }, headers);

  const reader = { key: 'reader', name: 'Reader', permissions: ['member:list', 'apiKey:list'] };
  await call('a role', 'createRole', 'CreateRoleInput', reader, 'role { key permissions }');
  const changed = { userId: guest.id, roleKeys: ['reader'] };
  await call('roles of a member', 'setMemberRoles', 'SetMemberRolesInput', changed, 'membership { id }');
  const invited = { email: 'new@acme.example', roleKey: 'reader' };
  await call('an invitation', 'inviteMember', 'InviteMemberInput', invited, 'invitation { id }');
  const { users } = await must('members, by the new role', '{ users { totalCount } }', {}, guest.bearer);
  if (users.totalCount !== 7) fail(`There are ${users.totalCount} members instead of 7.`);
  const refused = await send(
    'mutation { createRole(input: { key: "x", name: "X", permissions: [] }) { role { id } } }',
    {},
    guest.bearer,
  );
  if (refused.errors?.[0]?.extensions.code !== 'FORBIDDEN') fail(`The reader made a role: ${JSON.stringify(refused)}`);
  const key = { name: 'Check', client: 'check', roleKey: 'reader' };
  const made = await call('a key', 'createApiKey', 'CreateApiKeyInput', key, 'secret apiKey { id }');
  const body = 'query Members { users { totalCount } }';
  const manifest = { client: 'check', operations: [{ name: 'Members', body }] };
  await call(
    'a registered operation',
    'registerPersistedOperations',
    'RegisterPersistedOperationsInput',
    manifest,
    'created',
  );
  const byKey = { 'x-api-key': made.createApiKey.secret };
  await must('the registered operation, by the key', body, {}, byKey);
  const other = await send('{ roles { key } }', {}, byKey);
  if (other.errors?.[0]?.extensions.code !== 'OPERATION_NOT_REGISTERED')
    fail(`An operation that nobody registered ran: ${JSON.stringify(other)}`);
  const partner = await send('{ viewer { organization { slug } } }', {}, { 'x-api-key': partnerKey ?? '' });
  if (partner.errors?.[0]?.extensions.code !== 'OPERATION_NOT_REGISTERED')
    fail(`The demo's partner key is not known: ${JSON.stringify(partner)}`);
}

try {
  copyTree();
  if (existsSync(join(folder, 'src/domain'))) fail('The copy has a domain.');
  if (!only || only === 'types') run('the types of the engine', 'tsc', '--noEmit', '-p', 'tsconfig.build.json');
  run('the schema', 'tsx', 'src/cli/schema-print.ts');
  if (
    /\b(Project|Task|Comment|Attachment)\b/.test(
      readFileSync(join(folder, 'schema.graphql'), 'utf8').replace(/"""[\s\S]*?"""|"[^"\n]*"/g, ''),
    )
  )
    fail('The schema knows a noun of the demo.');
  if (!only || only === 'start') await withGateway(tour);
  if (!only || only === 'tests') {
    const { kept, leftOut } = chooseTests();
    console.log(`check:bare: ${kept.length} test files run, ${leftOut} are about the demo:\n  ${kept.join('\n  ')}`);
    run('the tests of the engine', 'vitest', 'run', '--project', 'gateway', ...kept);
  }
  console.log('check:bare: the engine stands without a domain.');
} catch (error) {
  if (process.exitCode !== 1) throw error;
} finally {
  if (process.argv.includes('--keep')) console.log(`check:bare: the copy is in ${folder}.`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
