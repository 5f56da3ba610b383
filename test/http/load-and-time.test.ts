/** Too many connections, too many requests, a slow client, a slow resolver, a stop: the gateway says no early and health stays reachable. */
import { afterEach, describe, expect, test } from 'vitest';
import { readAnswer, type StartFrameOptions, startFrame, type TestFrame } from '../support/frame.ts';
import { openRaw, rawPost } from '../support/raw-http.ts';

const open: TestFrame[] = [];
async function start(options: StartFrameOptions): Promise<TestFrame> {
  const gateway = await startFrame(options);
  open.push(gateway);
  return gateway;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});

/** A promise with its key. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('requests in flight', () => {
  test('beyond the cap are 503 with Retry-After, while health stays reachable', async () => {
    const held = gate();
    let arrived = 0;
    const bothThere = gate();
    const gateway = await start({
      env: { MAX_REQUESTS_IN_FLIGHT: '2', DRAIN_TIMEOUT_MS: '100' },
      resolvers: {
        'Query.wait': async () => {
          arrived += 1;
          if (arrived === 2) bothThere.open();
          await held.opened;
          return 'done';
        },
      },
    });
    const waiting = [gateway.post({ query: '{ wait }' }), gateway.post({ query: '{ wait }' })];
    await bothThere.opened;
    const refused = await gateway.post({ query: '{ hello }' });
    expect([refused.status, ...refused.codes, refused.headers.get('retry-after')]).toEqual([
      503,
      'SERVICE_UNAVAILABLE',
      '1',
    ]);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    held.open();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await gateway.post({ query: '{ hello }' })).status).toBe(200);
    expect(await gateway.frame.metrics.registry.metrics()).toContain('fieldgate_shed_total{cause="requests"} 1');
  });
});

describe('connections', () => {
  test('beyond the cap are 503, while health is answered on them', async () => {
    const gateway = await start({ env: { MAX_CONNECTIONS: '2' } });
    const first = await openRaw(gateway.url);
    const second = await openRaw(gateway.url);
    const body = '{"query":"{ hello }"}';
    first.write(rawPost(body));
    second.write(rawPost(body));
    expect(await first.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
    expect(await second.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
    const third = await openRaw(gateway.url);
    third.write(rawPost(body));
    expect(await third.read(/SERVICE_UNAVAILABLE/)).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1/is);
    const fourth = await openRaw(gateway.url);
    fourth.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await fourth.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
    for (const connection of [first, second, third, fourth]) connection.close();
  });
});

describe('connections from one address', () => {
  test('beyond the cap are 503, and closed at once far beyond it', async () => {
    const gateway = await start({ env: { MAX_CONNECTIONS_PER_ADDRESS: '2' } });
    const body = '{"query":"{ hello }"}';
    const connections = [];
    for (let at = 0; at < 2; at += 1) {
      const connection = await openRaw(gateway.url);
      connections.push(connection);
      connection.write(rawPost(body));
      expect(await connection.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
    }
    for (let at = 0; at < 8; at += 1) connections.push(await openRaw(gateway.url));
    connections[2]?.write(rawPost(body));
    expect(await connections[2]?.read(/SERVICE_UNAVAILABLE/)).toMatch(/^HTTP\/1\.1 503 /);
    connections[3]?.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await connections[3]?.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
    await Promise.all([connections[2]?.read(), connections[3]?.read()]);
    connections.push(await openRaw(gateway.url), await openRaw(gateway.url));
    const beyond = await openRaw(gateway.url);
    expect(await beyond.read()).toBe('');
    for (const connection of connections) connection.close();
    await expect.poll(async () => (await gateway.post({ query: '{ hello }' })).status).toBe(200);
  });

  test('are not counted together where a proxy brings them', async () => {
    const gateway = await start({ env: { MAX_CONNECTIONS_PER_ADDRESS: '1', TRUST_PROXY: '127.0.0.1/32' } });
    const connections = await Promise.all(Array.from({ length: 12 }, () => openRaw(gateway.url)));
    for (const connection of connections) {
      connection.write(rawPost('{"query":"{ hello }"}'));
      expect(await connection.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
      connection.close();
    }
  });
});

describe('requests that are cut off', () => {
  test('while it is found out who calls leave nothing in flight, 5,000 of them', async () => {
    const cut = 5_000;
    let held = gate();
    let arrived = 0;
    const gateway = await start({
      env: { MAX_REQUESTS_IN_FLIGHT: '200' },
      beforeAuthentication: () => {
        arrived += 1;
        return held.opened;
      },
    });
    const inFlight = async () =>
      /^fieldgate_requests_in_flight (\d+)$/m.exec(await gateway.frame.metrics.registry.metrics())?.[1];
    for (let sent = 0; sent < cut; sent += 100) {
      const batch = await Promise.all(Array.from({ length: 100 }, () => openRaw(gateway.url)));
      for (const { write } of batch)
        write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
      await expect.poll(() => arrived, { timeout: 20_000 }).toBe(sent + 100);
      for (const { close } of batch) close();
      await expect.poll(inFlight, { timeout: 20_000 }).toBe('0');
      held.open();
      held = gate();
    }
    const lines = () => gateway.log.filter(({ msg }) => msg === 'request');
    await expect.poll(() => lines().length, { timeout: 20_000 }).toBe(cut);
    expect(new Set(lines().map(({ codes }) => String(codes)))).toEqual(new Set(['BAD_REQUEST']));
    held.open();
    expect((await gateway.post({ query: '{ hello }' })).status).toBe(200);
  }, 120_000);
});

describe('an event loop that lags', () => {
  test('is relieved of requests, but not of health checks', async () => {
    const gateway = await start({ env: { MAX_EVENT_LOOP_DELAY_MS: '50' } });
    const connection = await openRaw(gateway.url);
    const probe = await openRaw(gateway.url);
    connection.write(rawPost('{"query":"{ hello }"}'));
    probe.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    // Both requests arrive while the loop is held.
    const until = performance.now() + 400;
    while (performance.now() < until);
    expect(await connection.read(/\}$/)).toMatch(/^HTTP\/1\.1 503 /);
    expect(await probe.read(/\}$/)).toMatch(/^HTTP\/1\.1 200 /);
    connection.close();
    probe.close();
  });
});

describe('time', () => {
  test('a client that does not send its body is let go', async () => {
    const gateway = await start({ env: { REQUEST_TIMEOUT_MS: '1000' } });
    const slow = await openRaw(gateway.url);
    slow.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
    expect(await slow.read()).toMatch(/^HTTP\/1\.1 (408|400) /);
    expect(slow.socket.closed).toBe(true);
  });

  test('an operation that takes too long is given up with 503', async () => {
    const held = gate();
    const gateway = await start({
      env: { REQUEST_TIMEOUT_MS: '1000' },
      resolvers: { 'Query.wait': () => held.opened.then(() => 'late') },
    });
    const answer = await gateway.post({ query: '{ wait }' });
    expect([answer.status, ...answer.codes]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    held.open();
  });

  test('so is one whose text is looked for too long, and it never begins', async () => {
    const held = gate();
    let changes = 0;
    const gateway = await start({
      env: { REQUEST_TIMEOUT_MS: '1000' },
      resolvers: {
        'Mutation.change': () => {
          changes += 1;
          return true;
        },
      },
      plugins: [
        {
          async onParams({ request }: { request: Request }) {
            if (request.headers.has('x-hold')) await held.opened;
          },
        },
      ],
    });
    const answer = await gateway.post({ query: 'mutation { change }' }, { 'x-hold': '1' });
    expect([answer.status, answer.headers.get('retry-after'), ...answer.codes]).toEqual([
      503,
      '1',
      'SERVICE_UNAVAILABLE',
    ]);
    held.open();
    expect((await gateway.post({ query: 'mutation { change }' })).body.data).toEqual({ change: true });
    expect(changes).toBe(1);
  });

  test('a mutation that takes too long once it runs may have been done: nothing asks to send it again', async () => {
    const held = gate();
    const gateway = await start({
      env: { REQUEST_TIMEOUT_MS: '1000' },
      resolvers: { 'Mutation.change': () => held.opened.then(() => true) },
    });
    const answer = await gateway.post({ query: 'mutation { change }' });
    held.open();
    expect([answer.status, answer.headers.get('retry-after'), answer.body.data]).toEqual([200, null, null]);
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE', mayHaveCommitted: true } }]);
  });

  test('a mutation that was given up before it ran, to be sent again, never runs', async () => {
    const held = gate();
    let changes = 0;
    const gateway = await start({
      env: { REQUEST_TIMEOUT_MS: '1000' },
      resolvers: {
        'Mutation.change': () => {
          changes += 1;
          return true;
        },
      },
      plugins: [{ onContextBuilding: () => held.opened }],
    });
    const answer = await gateway.post({ query: 'mutation { change }' });
    expect([answer.status, answer.headers.get('retry-after'), ...answer.codes]).toEqual([
      503,
      '1',
      'SERVICE_UNAVAILABLE',
    ]);
    held.open();
    expect((await gateway.post({ query: 'mutation { change }' })).body.data).toEqual({ change: true });
    expect(changes).toBe(1);
  });

  test('what is not HTTP is answered in JSON and closed', async () => {
    const gateway = await start({});
    for (const nonsense of [
      'hello\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const connection = await openRaw(gateway.url);
      connection.write(nonsense);
      expect(await connection.read()).toMatch(/^HTTP\/1\.1 4\d\d .*BAD_REQUEST/s);
    }
  });
});

describe('a stop', () => {
  test('lets requests in flight finish, and takes no new ones', async () => {
    const held = gate();
    const there = gate();
    const gateway = await startFrame({
      resolvers: {
        'Query.wait': async () => {
          there.open();
          await held.opened;
          return 'done';
        },
      },
    });
    const answer = gateway.post({ query: '{ wait }' });
    await there.opened;
    const stopped = gateway.close();
    await expect(fetch(gateway.endpoint)).rejects.toThrow();
    held.open();
    expect((await answer).body.data).toEqual({ wait: 'done' });
    await stopped;
  });

  test('is announced first: unready, but answering, until load balancers have seen it', async () => {
    const gateway = await startFrame({ env: { DRAIN_DELAY_MS: '1500' }, resolvers: { 'Query.hello': () => 'world' } });
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    const stopped = gateway.close();
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'stopping', checks: {} }]);
    const fresh = await openRaw(gateway.url);
    fresh.write(rawPost('{"query":"{ hello }"}'));
    expect(await fresh.read(/\}$/)).toMatch(/^HTTP\/1\.1 200/);
    fresh.close();
    await stopped;
    await expect(fetch(gateway.endpoint)).rejects.toThrow();
  });

  test('does not wait longer than the time to drain', async () => {
    const there = gate();
    const gateway = await startFrame({
      env: { DRAIN_TIMEOUT_MS: '50' },
      resolvers: {
        'Query.wait': () => {
          there.open();
          return new Promise(() => undefined);
        },
      },
    });
    const answer = gateway.post({ query: '{ wait }' }).catch(() => 'cut');
    await there.opened;
    await gateway.close();
    expect(await answer).toBe('cut');
    expect(gateway.logText()).toContain('still in flight');
  });
});

describe('health', () => {
  test('is ready only while everything is, and never says what a driver said', async () => {
    let well = false;
    const gateway = await start({
      healthChecks: [
        { name: 'postgresql', run: async () => undefined },
        {
          name: 'redis',
          run: async () => {
            if (!well) throw new Error('connect ECONNREFUSED redis.internal:6379');
          },
        },
      ],
    });
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect([ready.status, await ready.text()]).toEqual([
      503,
      '{"status":"unavailable","checks":{"postgresql":"ok","redis":"failed"}}',
    ]);
    for (const path of ['/health', '/health/live'])
      expect(await (await fetch(`${gateway.url}${path}`)).json()).toEqual({ status: 'ok' });
    well = true;
    await expect.poll(async () => (await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    expect(gateway.logText().match(/a health check failed/g)).toHaveLength(1);
  });

  test('takes no other methods', async () => {
    const gateway = await start({});
    const answer = await readAnswer(await fetch(`${gateway.url}/health`, { method: 'POST' }));
    expect([answer.status, ...answer.codes]).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });
});

describe('metrics', () => {
  test('are served on a port of their own, and not on the gateway', async () => {
    const gateway = await start({ env: { METRICS_PORT: '0' } });
    await gateway.post({ query: '{ hello }' });
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(/fieldgate_requests_total\{status="200",kind="query"\} 1/);
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${gateway.metricsUrl}/graphql`)).status).toBe(404);
  });
});
