/** Open streams are counted for all whom they are of, and a place that is given back is free again. */
import { expect, test } from 'vitest';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { createStreamGauge, type StreamLimits } from '../../src/operation/stream-gauge.ts';

const plenty: StreamLimits = { viewer: 100, address: 100, organization: 100, process: 100 };
const person = (userId: string, organizationId: string): Viewer => ({
  kind: 'user',
  userId,
  sessionId: `session-of-${userId}`,
  organization: { id: organizationId, slug: organizationId },
  membershipId: `membership-of-${userId}`,
  membershipState: 'ACTIVE',
  roles: [],
  permissions: PermissionSet.none,
});

test.each([
  ['viewer', person('ada', 'globex'), '192.0.2.9', person('grace', 'acme'), '192.0.2.1'],
  ['address', person('grace', 'globex'), '192.0.2.1', person('ada', 'acme'), '192.0.2.2'],
  ['organization', person('grace', 'acme'), '192.0.2.9', person('ada', 'globex'), '192.0.2.1'],
] as const)('a limit for each %s holds for that one alone', (limit, same, sameIp, other, otherIp) => {
  const gauge = createStreamGauge({ ...plenty, [limit]: 2 });
  const first = gauge.enter(person('ada', 'acme'), '192.0.2.1');
  expect([first.error, gauge.enter(same, sameIp).error]).toEqual([null, null]);
  expect(gauge.enter(same, sameIp).error?.extensions).toMatchObject({ code: 'RATE_LIMITED', http: { status: 429 } });
  expect(gauge.open).toBe(2);
  expect(gauge.enter(other, otherIp).error).toBeNull();
  if (first.error === null) for (let again = 0; again < 3; again += 1) first.release();
  expect(gauge.open).toBe(2);
  expect(gauge.enter(same, sameIp).error).toBeNull();
  expect(gauge.enter(same, sameIp).error?.extensions.code).toBe('RATE_LIMITED');
});

test('a limit of the process holds for everybody', () => {
  const gauge = createStreamGauge({ ...plenty, process: 2 });
  const enter = (at: number) => gauge.enter(person(`p${at}`, `o${at}`), `192.0.2.${at}`).error?.extensions.code;
  expect([1, 2, 3].map(enter)).toEqual([undefined, undefined, 'RATE_LIMITED']);
});

test.each(['viewer', 'address', 'organization', 'process'] as const)(
  'the last place of a limit for each %s is free again',
  (limit) => {
    const gauge = createStreamGauge({ ...plenty, [limit]: 1 });
    const enter = () => gauge.enter(person('ada', 'acme'), '192.0.2.1');
    for (let at = 0; at < 3; at += 1) {
      const place = enter();
      expect(place.error).toBeNull();
      expect(enter().error?.extensions.code).toBe('RATE_LIMITED');
      if (place.error === null) place.release();
    }
    expect(gauge.open).toBe(0);
  },
);
