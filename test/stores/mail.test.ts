/** Mail over SMTP: what arrives at a server, and what a hostile address cannot do to it. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMailStore, type MailStore } from '../../src/stores/mail.ts';

/** What a server was told in one session: the envelope and the message. */
interface Delivery {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
}

let server: Server;
let mails: MailStore;
let deliveries: Delivery[] = [];
/** What the server answers to a recipient. */
let answerToRecipient = '250 Ok';
const sockets = new Set<Socket>();

/** A server that speaks as much of RFC 5321 as one delivery takes. */
function startSmtp(): Server {
  return createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let from = '';
    let to: string[] = [];
    let message: string[] | null = null;
    let rest = '';
    socket.write('220 test ESMTP\r\n');
    socket.on('data', (chunk) => {
      rest += chunk.toString();
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (message) {
          if (line !== '.') message.push(line);
          else {
            deliveries.push({ from, to, message: message.join('\n') });
            message = null;
            to = [];
            socket.write('250 Ok\r\n');
          }
        } else if (/^EHLO/i.test(line)) socket.write('250 test\r\n');
        else if (/^MAIL FROM:/i.test(line)) {
          from = line;
          socket.write('250 Ok\r\n');
        } else if (/^RCPT TO:/i.test(line)) {
          to.push(line);
          socket.write(`${answerToRecipient}\r\n`);
        } else if (/^DATA/i.test(line)) {
          message = [];
          socket.write('354 Go on\r\n');
        } else if (/^QUIT/i.test(line)) socket.end('221 Bye\r\n');
        else socket.write('250 Ok\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
}

beforeAll(async () => {
  server = startSmtp();
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  mails = createMailStore({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    from: 'Fieldgate <no-reply@gate.example>',
    outbox: '/nowhere',
  });
});
afterAll(() => {
  mails.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});
beforeEach(() => {
  deliveries = [];
  answerToRecipient = '250 Ok';
});

test('a mail arrives with its sender, its one recipient, its subject and its text', async () => {
  await mails.send({ to: 'ada@example.com', subject: 'Grüße', text: 'Follow https://gate.example/x#token=abc\n' });
  const [delivery] = deliveries;
  expect(delivery?.from).toContain('<no-reply@gate.example>');
  expect(delivery?.to).toEqual([expect.stringContaining('<ada@example.com>')]);
  expect(delivery?.message).toMatch(/^From: Fieldgate <no-reply@gate\.example>$/m);
  expect(delivery?.message).toMatch(/^Subject: =\?UTF-8\?/m);
  expect(delivery?.message).toContain('https://gate.example/x#token=abc');
});

test.each([
  ['a second recipient by a comma', 'ada@example.com, eve@example.com'],
  ['a header by a line break', 'ada@example.com\r\nBcc: eve@example.com'],
  ['a second recipient by angle brackets', 'ada@example.com> <eve@example.com'],
])('an address cannot add %s', async (_what, to) => {
  await mails.send({ to, subject: 'x', text: 'x' }).catch(() => undefined);
  for (const delivery of deliveries) {
    expect(delivery.to.length).toBe(1);
    expect(delivery.to.join()).not.toMatch(/<eve@example\.com>/);
    expect(delivery.message).not.toMatch(/^Bcc:/im);
  }
});

test('a subject cannot add a header', async () => {
  await mails.send({ to: 'ada@example.com', subject: 'x\r\nBcc: eve@example.com', text: 'x' });
  expect(deliveries[0]?.message).not.toMatch(/^Bcc:/im);
});

test('a server that refuses the recipient is an error for the caller, and the next mail goes out', async () => {
  answerToRecipient = '550 No such user';
  await expect(mails.send({ to: 'nobody@example.com', subject: 'x', text: 'x' })).rejects.toThrow();
  answerToRecipient = '250 Ok';
  await mails.send({ to: 'ada@example.com', subject: 'x', text: 'x' });
  expect(deliveries.at(-1)?.to.join()).toContain('ada@example.com');
});

test('a server that is away is an error, and no file is written instead', async () => {
  const away = createMailStore({ smtpUrl: 'smtp://127.0.0.1:1', from: 'a@gate.example', outbox: '/nowhere' });
  await expect(away.send({ to: 'ada@example.com', subject: 'x', text: 'x' })).rejects.toThrow();
  away.close();
});
