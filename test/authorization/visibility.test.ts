import { describe, expect, test } from 'vitest';
import { visibility } from '../../src/authorization/visibility.ts';
import { key, nobody, person } from './viewers.ts';

const nothing = { id: { in: [] } };

describe('whoever lacks the permission of a model sees none of its rows, also behind the rule of the field', () => {
  test.each([
    ['Project', 'project:read'],
    ['Task', 'task:read'],
    ['Attachment', 'attachment:read'],
    ['Invitation', 'member:invite'],
  ] as const)('%s', (model, permission) => {
    expect(visibility[model](person())).toEqual(nothing);
    expect(visibility[model](key())).toEqual(nothing);
    expect(visibility[model](nobody)).toEqual(nothing);
    expect(visibility[model](person(permission))).toEqual({});
  });

  test('Comment, and the internal ones even with it', () => {
    expect(JSON.stringify(visibility.Comment(person()))).toContain(JSON.stringify(nothing));
    expect(JSON.stringify(visibility.Comment(person('comment:read')))).toContain('{"internal":false}');
    expect(JSON.stringify(visibility.Comment(person('comment:read', 'comment.internal:read')))).not.toContain(
      'internal',
    );
  });

  test('Role, ApiKey, Membership and AuditEvent: oneself at the most', () => {
    expect(visibility.Role(person())).toEqual({ id: { in: [] } });
    expect(visibility.ApiKey(person())).toEqual(nothing);
    expect(visibility.Membership(person())).toMatchObject({ userId: expect.any(String) });
    expect(visibility.AuditEvent(person())).toMatchObject({ actorType: 'User', actorId: expect.any(String) });
    for (const model of ['Role', 'ApiKey', 'Membership', 'AuditEvent', 'Session'] as const)
      expect(visibility[model](nobody)).toEqual(nothing);
  });

  test('User: nobody is found by a comment that one cannot see', () => {
    expect(JSON.stringify(visibility.User(person('comment:read')))).toContain('{"internal":false}');
    expect(JSON.stringify(visibility.User(person()))).not.toContain('comments');
    expect(JSON.stringify(visibility.User(person('project:read', 'task:read')))).not.toContain('memberships');
    expect(JSON.stringify(visibility.User(person('member:list')))).toContain('memberships');
  });

  test('Membership: all with member:list alone', () => {
    expect(visibility.Membership(person('member:list'))).not.toHaveProperty('userId');
    expect(visibility.Membership(key())).toEqual(nothing);
  });
});
