/**
 * `npm run bench:sign-in`: sign-ins a second, whether their time tells known addresses from unknown ones, and what hashing does to a
 * point read beside it. The gateway runs in a process of its own, on an embedded PostgreSQL with the demo data.
 *
 * Exits with 1 beyond a bound: 5 % between the medians, twice the idle p99.
 */
import { demoPassword } from '../src/dev/demo.ts';
import { withChildGateway } from './child-gateway.ts';

/** Wrong passwords for each kind of address. */
const attempts = 200;
/** Length of each phase of point reads, in milliseconds, and how many there are of each kind. */
const phaseMs = 6_000;
const rounds = 5;
/** Point reads a second: an open load, so that a slow answer does not hold back the next question. */
const readsPerSecond = 100;

const SignIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
const PointRead = '{ viewer { user { name } } }';

process.exitCode = await withChildGateway(({ endpoint }) => report(endpoint));

async function report(endpoint: string): Promise<number> {
  const send = async (query: string, variables: object, headers: Record<string, string> = {}) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as { data: { signIn: { accessToken: string } | null }; errors?: unknown };
  };
  const signIn = (email: string, password: string) => send(SignIn, { input: { email, password } });
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };

  const accessToken = (await signIn('owner@acme.example', demoPassword)).data.signIn?.accessToken ?? '';
  const authorization = { authorization: `Bearer ${accessToken}` };
  for (let i = 0; i < 20; i++) await signIn('owner@acme.example', 'Fieldgate-wrong-1');

  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  for (let i = 0; i < attempts; i++)
    for (const kind of i % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const email = kind === 'known' ? 'owner@acme.example' : 'nobody@acme.example';
      times[kind].push(await timed(() => signIn(email, 'Fieldgate-wrong-1')));
    }
  const [known, unknown] = [quantile(times.known, 0.5), quantile(times.unknown, 0.5)];
  const difference = Math.abs(known - unknown) / Math.min(known, unknown);

  /** Point reads at a fixed rate for a while. */
  const reads = async (): Promise<number[]> => {
    const pending: Promise<number>[] = [];
    const startedAt = performance.now();
    for (let i = 0; performance.now() - startedAt < phaseMs; i++) {
      const due = startedAt + (i * 1_000) / readsPerSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      pending.push(timed(() => send(PointRead, {}, authorization)));
    }
    return Promise.all(pending);
  };
  await reads();
  const seen = { idle: [] as number[], beside: [] as number[], ratio: [] as number[], perSecond: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const idle = quantile(await reads(), 0.99);
    let busy = true;
    let done = 0;
    const clients = Array.from({ length: 4 }, async () => {
      while (busy) {
        await signIn('member@acme.example', demoPassword);
        done++;
      }
    });
    const startedAt = performance.now();
    const beside = quantile(await reads(), 0.99);
    seen.perSecond.push((done * 1_000) / (performance.now() - startedAt));
    busy = false;
    await Promise.all(clients);
    seen.idle.push(idle);
    seen.beside.push(beside);
    seen.ratio.push(beside / idle);
  }
  const ratio = quantile(seen.ratio, 0.5);
  const range = `${Math.min(...seen.ratio).toFixed(2)} to ${Math.max(...seen.ratio).toFixed(2)}`;

  const rows = [
    ['wrong password, known address, median', `${known.toFixed(1)} ms`, ''],
    ['wrong password, unknown address, median', `${unknown.toFixed(1)} ms`, ''],
    ['difference', `${(difference * 100).toFixed(1)} %`, difference < 0.05 ? 'ok' : 'beyond 5 %'],
    ['sign-ins a second, 4 clients', quantile(seen.perSecond, 0.5).toFixed(1), ''],
    ['point read p99, idle', `${quantile(seen.idle, 0.5).toFixed(1)} ms`, ''],
    ['point read p99, beside sign-ins', `${quantile(seen.beside, 0.5).toFixed(1)} ms`, ''],
    [`beside / idle, median of ${rounds} (${range})`, ratio.toFixed(2), ratio < 2 ? 'ok' : 'beyond twice the idle one'],
  ];
  for (const [name = '', value = '', verdict = ''] of rows)
    console.log(`${name.padEnd(46)}${value.padStart(12)}  ${verdict}`);
  return difference < 0.05 && ratio < 2 ? 0 : 1;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
