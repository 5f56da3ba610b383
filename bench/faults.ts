/**
 * `npm run bench:faults [name…]`: faults of PostgreSQL and Redis on real processes, one table, exit code 1 when a bar is missed. The
 * tests count states; this one looks at processes and clocks.
 *
 * Needs the binaries of a PostgreSQL server (PG_BIN, else Debian's) and `redis-server`.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Gateway, startFaultyWorld, type World } from './faulty-world.ts';

/** One line of the table. */
interface Row {
  readonly name: string;
  readonly value: string;
  readonly bar: string;
  readonly isMet: boolean;
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** What load saw. */
class Tally {
  ok = 0;
  unavailable = 0;
  /** 503 without Retry-After, any other 5xx, masked errors, answers that are no answer: none of them may be. */
  readonly faulty = new Map<string, number>();
  /** Calls whose connection broke: the process ended, or the listener. */
  broken = 0;

  note(key: string): void {
    this.faulty.set(key, (this.faulty.get(key) ?? 0) + 1);
  }
  get faults(): string {
    return [...this.faulty].map(([key, count]) => `${count} ${key}`).join(', ') || '0';
  }
}

/** Sends one operation and tallies its answer. @returns whether it was answered with data. */
async function call(gateway: Gateway, tally: Tally, query: string): Promise<boolean> {
  try {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: gateway.authorization },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(40_000),
    });
    const body = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    const codes = (body.errors ?? []).map(({ extensions }) => extensions.code);
    const isRead = query.startsWith('{');
    if (response.status === 200 && codes.length === 0) {
      tally.ok += 1;
      return true;
    }
    if (response.status === 503 && response.headers.get('retry-after')) tally.unavailable += 1;
    // What may have been kept is 200 with the field's error, and nothing that asks for a repetition.
    else if (response.status === 200 && !isRead && codes.every((code) => code === 'SERVICE_UNAVAILABLE'))
      tally.unavailable += response.headers.get('retry-after') ? 0 : 1;
    else tally.note(`${response.status} ${[...new Set(codes)].join('+')}`);
  } catch {
    tally.broken += 1;
  }
  return false;
}

const reads = [
  '{ viewer { user { name } } }',
  '{ projects(first: 5) { nodes { name tasks(first: 5) { nodes { title assignee { name } } } } } }',
];

/** Runs load until the function that it answers is called. */
function startLoad(gateway: Gateway, tally: Tally, clients = 8): () => Promise<void> {
  let isOn = true;
  const running = Array.from({ length: clients }, async (_, client) => {
    for (let turn = client; isOn; turn += 1) {
      const write = `mutation { updateTask(input: { id: "${gateway.taskId}", title: "Load ${turn}" }) { task { title } } }`;
      await call(gateway, tally, turn % 4 === 0 ? write : (reads[turn % 2] ?? ''));
      await pause(5);
    }
  });
  return async () => {
    isOn = false;
    await Promise.all(running);
  };
}

/** Milliseconds until every kind of operation is answered with data; Infinity beyond the limit. */
async function recovery(gateway: Gateway, limitMs: number): Promise<number> {
  const startedAt = performance.now();
  const tally = new Tally();
  while (performance.now() - startedAt < limitMs) {
    const answers = await Promise.all(reads.map((query) => call(gateway, tally, query)));
    if (answers.every(Boolean)) return performance.now() - startedAt;
    await pause(25);
  }
  return Number.POSITIVE_INFINITY;
}

const row = (name: string, value: number | string, bar: string, isMet: boolean): Row => ({
  name,
  value: typeof value === 'number' ? String(Math.round(value)) : value,
  bar,
  isMet,
});

/** What load may never see, whatever fails. */
const honest = (name: string, tally: Tally, gateway: Gateway): Row[] => [
  row(`${name}: answers with data`, tally.ok, '> 0', tally.ok > 0),
  row(`${name}: 503 with Retry-After`, tally.unavailable, '', true),
  row(`${name}: other errors`, tally.faults, '0', tally.faulty.size === 0),
  row(`${name}: broken calls`, tally.broken, '0', tally.broken === 0),
  row(`${name}: process`, gateway.isAlive() ? 'alive' : 'ended', 'alive', gateway.isAlive()),
];

const drills: Readonly<Record<string, (world: World) => Promise<Row[]>>> = {
  async restarts(world) {
    const gateway = await world.startGateway();
    const tally = new Tally();
    const stop = startLoad(gateway, tally);
    const times: number[] = [];
    for (let time = 0; time < 20 && gateway.isAlive(); time += 1) {
      await pause(300);
      await world.restartPostgres(time % 2 === 0 ? 'fast' : 'immediate');
      times.push(await recovery(gateway, 10_000));
    }
    await stop();
    const worst = Math.max(...times);
    return [
      row('20 restarts: longest until served, ms', worst, '< 2000', worst < 2_000 && times.length === 20),
      ...honest('20 restarts', tally, gateway),
    ];
  },

  async silence(world) {
    const gateway = await world.startGateway();
    const tally = new Tally();
    const stop = startLoad(gateway, tally);
    await pause(1_000);
    world.postgresProxy.silence({ all: false });
    const open = await recovery(gateway, 60_000);
    world.postgresProxy.silence({ all: true });
    await pause(20_000);
    world.postgresProxy.resume();
    const after = await recovery(gateway, 60_000);
    await stop();
    return [
      row('silent connections: until served, ms', open, '< 15000', open < 15_000),
      row('silent network of 20 s: until served after it, ms', after, '< 15000', after < 15_000),
      ...honest('silence', tally, gateway),
    ];
  },

  async redis(world) {
    const [one, other] = [await world.startGateway(), await world.startGateway()];
    const rows: Row[] = [];
    const faults: [string, () => Promise<void>, () => Promise<void>, number][] = [
      ['killed', () => world.stopRedis(), () => world.startRedis(), 2_000],
      ['frozen', async () => world.freezeRedis(), async () => world.thawRedis(), 5_000],
      ['gone', () => world.stopRedis(), () => world.startRedis(), 20_000],
    ];
    for (const [name, begin, end, forMs] of faults) {
      const tally = new Tally();
      const stream = await openStream(one);
      const said = new Map<Gateway, number>([
        [one, 0],
        [other, 0],
      ]);
      let isOn = true;
      const saying = [one, other].map(async (gateway) => {
        const own = gateway === one ? one.taskId : one.otherTaskId;
        while (isOn) {
          const kept = await call(
            gateway,
            tally,
            `mutation { updateTask(input: { id: "${own}", title: "R" }) { task { id } } }`,
          );
          if (kept) said.set(gateway, (said.get(gateway) ?? 0) + 1);
          await pause(50);
        }
      });
      await pause(1_000);
      await begin();
      await pause(forMs / 2);
      const ready = await fetch(`${one.url}/health/ready`);
      const { checks } = (await ready.json()) as { checks: Record<string, string> };
      rows.push(
        row(
          `Redis ${name}: ready`,
          `${ready.status} redis: ${checks.redis}`,
          '200 degraded',
          ready.status === 200 && checks.redis === 'degraded',
        ),
      );
      await pause(forMs / 2);
      const atHome = { said: said.get(one) ?? 0, heard: stream.heard.get(one.taskId) ?? 0 };
      await end();
      await pause(5_000);
      isOn = false;
      await Promise.all(saying);
      const heard = (stream.heard.get(one.taskId) ?? 0) + (stream.heard.get(one.otherTaskId) ?? 0);
      const all = [...said.values()].reduce((sum, count) => sum + count, 0);
      rows.push(
        row(
          `Redis ${name}: own events heard meanwhile`,
          `${atHome.heard} of ${atHome.said}`,
          'all',
          stream.endedBy !== null || atHome.heard >= atHome.said - 1,
        ),
        row(
          `Redis ${name}: events heard of both`,
          `${heard} of ${all}, ${stream.endedBy ?? 'not told'}`,
          'all, or told',
          heard >= all || stream.endedBy === 'MISSED',
        ),
        ...honest(`Redis ${name}`, tally, one),
      );
      stream.close();
    }
    return rows;
  },

  async unread(world) {
    const gateway = await world.startGateway();
    const tally = new Tally();
    const sockets = [await openUnread(gateway), await openUnread(gateway), await openUnread(gateway)];
    const update = async (count: number): Promise<void> => {
      let left = count;
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          while (left-- > 0)
            await call(
              gateway,
              tally,
              `mutation { updateTask(input: { id: "${gateway.taskId}", title: "U" }) { task { id } } }`,
            );
        }),
      );
    };
    await update(1_000);
    const before = await gateway.memoryMb();
    await update(4_000);
    const after = await gateway.memoryMb();
    for (const socket of sockets) socket.destroy();
    return [
      row(
        '3 unread streams, 5,000 updates: growth of memory after the first 1,000, MB',
        after - before,
        '< 60',
        after - before < 60,
      ),
      ...honest('unread', tally, gateway),
    ];
  },
};

interface OpenStream {
  /** Events by task. */
  readonly heard: Map<string, number>;
  /** Why it was ended; null while it is open. */
  readonly endedBy: string | null;
  close(): void;
}

const subscription = (gateway: Gateway, selection: string) =>
  JSON.stringify({ query: `subscription { taskChanged(projectId: "${gateway.projectId}") { ${selection} } }` });

async function openStream(gateway: Gateway): Promise<OpenStream> {
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: gateway.authorization },
    body: subscription(gateway, 'taskId'),
    signal: abort.signal,
  });
  const heard = new Map<string, number>();
  let endedBy: string | null = null;
  void (async () => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines.filter((one) => one.startsWith('data: {'))) {
        const { data, errors } = JSON.parse(line.slice(6));
        const id = data?.taskChanged?.taskId;
        if (id) heard.set(id, (heard.get(id) ?? 0) + 1);
        if (errors) endedBy = errors[0].extensions.streamEnded ?? errors[0].extensions.code;
      }
    }
  })().catch(() => undefined);
  return {
    heard,
    get endedBy() {
      return endedBy;
    },
    close: () => abort.abort(),
  };
}

/** A client that subscribes and then never reads. */
async function openUnread(gateway: Gateway) {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const body = subscription(gateway, 'kind taskId task { title description comments(first: 20) { nodes { body } } }');
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nAuthorization: ${gateway.authorization}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await once(socket, 'readable');
  return socket;
}

const wanted = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, drill] of Object.entries(drills)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const world = await startFaultyWorld();
  try {
    rows.push(...(await drill(world)));
  } catch (error) {
    rows.push(row(name, String(error), 'runs', false));
  } finally {
    await world.close();
  }
}
for (const { name, value, bar, isMet } of rows)
  console.log(`${name.padEnd(76)}${value.padStart(28)}  ${bar.padEnd(14)}${bar === '' ? '' : isMet ? 'ok' : 'MISSED'}`);
process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1;
