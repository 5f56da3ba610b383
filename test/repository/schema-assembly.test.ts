/**
 * The engine's schema knows no domain: the fields that lead back to a domain's models are added, by names that stay.
 */
import { describe, expect, test } from 'vitest';
import { assembleSchema, SchemaAssemblyError } from '../../scripts/assemble-schema.mjs';

const engine = `
model User {
  id          String @id
  memberships Membership[]

  @@index([id])
}

model Membership {
  organizationId String
  userId         String
  user           User   @relation(fields: [userId], references: [id])

  @@unique([organizationId, userId])
}
`;

/** The fields that a domain adds, by model. */
function addedBy(domain: string): Record<string, string[]> {
  const assembled = assembleSchema({ 'engine.prisma': engine, 'domain.prisma': domain });
  expect(assembled['domain.prisma']).toBe(domain);
  const before = new Set(engine.split('\n'));
  const added: Record<string, string[]> = {};
  let model = '';
  for (const line of (assembled['engine.prisma'] ?? '').split('\n')) {
    model = /^model (\w+)/.exec(line)?.[1] ?? model;
    if (before.has(line)) continue;
    added[model] = [...(added[model] ?? []), line.trim()];
  }
  return added;
}

const invoice = (fields: string, rest = '') => `model Invoice {\n  id String @id\n${fields}\n${rest}}\n`;

describe('a field that leads back', () => {
  test('is called after the model, and after the relation where that is not just the other model’s name', () => {
    expect(addedBy(invoice('  user User @relation(fields: [userId], references: [id])'))).toEqual({
      User: ['invoices Invoice[]'],
    });
    expect(addedBy(invoice('  createdBy User? @relation(fields: [createdById], references: [id])'))).toEqual({
      User: ['createdByInvoices Invoice[]'],
    });
    expect(addedBy('model Entry {\n  user User @relation(fields: [userId], references: [id])\n}')).toEqual({
      User: ['entries Entry[]'],
    });
  });

  test('is called as @back says', () => {
    const field =
      '  /// Who pays.\n  /// @back paidInvoices\n  payer User @relation(fields: [payerId], references: [id])';
    expect(addedBy(invoice(field))).toEqual({ User: ['paidInvoices Invoice[]'] });
    // It is of the next field alone.
    expect(
      addedBy(
        invoice(`  /// @back paidInvoices\n  total Int\n  user User @relation(fields: [userId], references: [id])`),
      ),
    ).toEqual({ User: ['invoices Invoice[]'] });
  });

  test('carries the relation’s name, so that two relations to one model keep apart', () => {
    const fields = [
      '  payer User @relation("Payer", fields: [payerId], references: [id])',
      '  payerMembership Membership @relation(name: "PayerMembership", fields: [organizationId, payerId], references: [organizationId, userId])',
      '  sender User @relation("Sender", fields: [senderId], references: [id])',
    ];
    expect(addedBy(invoice(fields.join('\n')))).toEqual({
      User: ['payerInvoices Invoice[] @relation("Payer")', 'senderInvoices Invoice[] @relation("Sender")'],
      Membership: ['payerMembershipInvoices Invoice[] @relation("PayerMembership")'],
    });
  });

  test('is to one row where the columns are unique', () => {
    const field = '  user User @relation(fields: [userId], references: [id])';
    expect(addedBy(invoice(`  userId String @unique\n${field}`))).toEqual({ User: ['invoice Invoice?'] });
    const member =
      '  membership Membership @relation(fields: [organizationId, userId], references: [organizationId, userId])';
    expect(addedBy(invoice(member, '  @@unique([userId, organizationId])\n'))).toEqual({
      Membership: ['invoice Invoice?'],
    });
  });

  test('is found in a relation of several lines, and not in a comment', () => {
    expect(
      addedBy(invoice('  user User @relation(\n    fields: [userId], // the payer\n    references: [id]\n  )')),
    ).toEqual({ User: ['invoices Invoice[]'] });
    expect(addedBy(invoice('  // user User @relation(fields: [userId], references: [id])'))).toEqual({});
  });

  test('stays when another relation is added', () => {
    const user = '  user User @relation("User", fields: [userId], references: [id])';
    const more = `${user}\n  sender User @relation("Sender", fields: [senderId], references: [id])`;
    expect(addedBy(invoice(more)).User).toEqual(expect.arrayContaining(addedBy(invoice(user)).User ?? ['none']));
  });
});

describe('what cannot be put together is said by file, model and field', () => {
  test.each([
    [
      'two relations that Prisma could not tell apart',
      '  payer User @relation(fields: [payerId], references: [id])\n  sender User @relation(fields: [senderId], references: [id])',
      'domain.prisma: Invoice.payer is one of several relations to User: give each a name of its own, such as @relation("InvoiceUser", fields: …).',
    ],
    [
      'a name that is taken',
      '  /// @back memberships\n  user User @relation(fields: [userId], references: [id])',
      'domain.prisma: Invoice.user: User has a field memberships already. Name the one that leads back: /// @back otherName in the line above.',
    ],
    [
      'a list of the engine’s rows',
      '  payers User[]',
      'domain.prisma: Invoice.payers leads to User, a model of the engine: write @relation(fields: […], references: […]), with the columns here.',
    ],
  ])('%s', (_title, fields, message) => {
    expect(() => addedBy(invoice(fields))).toThrow(new SchemaAssemblyError(message));
  });
});

test('the engine alone stays as it is', () => {
  expect(assembleSchema({ 'engine.prisma': engine })).toEqual({ 'engine.prisma': engine });
});
