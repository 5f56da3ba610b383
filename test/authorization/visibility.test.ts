import { describe, expect, test } from 'vitest';
import { visibleRows } from '../../src/authorization/visibility.ts';
import '../../src/schema.ts';
import { key, nobody, person } from './viewers.ts';

const nothing = { id: { in: [] } };

describe('whoever lacks the permission of a model sees none of its rows, also behind the rule of the field', () => {
  test.each([
    ['Project', 'project:read'],
    ['Task', 'task:read'],
    ['Attachment', 'attachment:read'],
    ['Invitation', 'member:invite'],
  ] as const)('%s', (model, permission) => {
    expect(visibleRows(model, person())).toEqual(nothing);
    expect(visibleRows(model, key())).toEqual(nothing);
    expect(visibleRows(model, nobody)).toEqual(nothing);
    expect(visibleRows(model, person(permission))).toEqual({});
  });

  test('Comment, and the internal ones even with it', () => {
    expect(JSON.stringify(visibleRows('Comment', person()))).toContain(JSON.stringify(nothing));
    expect(JSON.stringify(visibleRows('Comment', person('comment:read')))).toContain('{"internal":false}');
    expect(JSON.stringify(visibleRows('Comment', person('comment:read', 'comment.internal:read')))).not.toContain(
      'internal',
    );
  });

  test('Role, ApiKey, Membership and AuditEvent: oneself at the most', () => {
    expect(visibleRows('Role', person())).toEqual({ id: { in: [] } });
    expect(visibleRows('ApiKey', person())).toEqual(nothing);
    expect(visibleRows('Membership', person())).toMatchObject({ userId: expect.any(String) });
    expect(visibleRows('AuditEvent', person())).toMatchObject({ actorType: 'User', actorId: expect.any(String) });
    for (const model of ['Role', 'ApiKey', 'Membership', 'AuditEvent', 'Session'] as const)
      expect(visibleRows(model, nobody)).toEqual(nothing);
  });

  test('User: nobody is found by a comment that one cannot see', () => {
    expect(JSON.stringify(visibleRows('User', person('comment:read')))).toContain('{"internal":false}');
    expect(JSON.stringify(visibleRows('User', person()))).not.toContain('comments');
    expect(JSON.stringify(visibleRows('User', person('project:read', 'task:read')))).not.toContain('memberships');
    expect(JSON.stringify(visibleRows('User', person('member:list')))).toContain('memberships');
  });

  test('Membership: all with member:list alone', () => {
    expect(visibleRows('Membership', person('member:list'))).not.toHaveProperty('userId');
    expect(visibleRows('Membership', key())).toEqual(nothing);
  });
});
