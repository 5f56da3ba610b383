/** What docs/clients.md shows is so: each request is sent as it stands there, and answered as it says. */
import { readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => gateway?.close());

/** A request or an answer: its first line, its headers and its body. */
function partsOf(block: string) {
  const [head = '', ...rest] = block.split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  return { first, headers, body: rest.join('\n\n') };
}

/** Sends a request as it stands. @returns the answer, whose body is still to be read. */
function open(block: string): Promise<IncomingMessage> {
  const { first, headers, body } = partsOf(block);
  const [method, path] = first.split(' ');
  const isForm = block.includes('multipart/form-data');
  return new Promise((done, fail) => {
    const sent = request(`${gateway.url}${path}`, { method, headers: Object.fromEntries(headers) }, done);
    sent.once('error', fail);
    sent.end(isForm ? body.replaceAll('\n', '\r\n') : body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

/** The first event of a stream with an answer in it. */
async function nextOf(answer: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    const event = /event: next\ndata: ?(.*)\n\n/.exec(text);
    if (event) return JSON.parse(event[1] ?? '');
  }
  throw new Error(`The stream ended without an event: ${text}`);
}

/** Compares a text with one that holds `…` for anything and `<name>` for what is kept. */
function fits(shown: string, actual: string, kept: Map<string, string>): boolean {
  const names: string[] = [];
  const pattern = shown.replace(/…|<(\w+)>|[.*+?^${}()|[\]\\]/g, (found, name?: string) => {
    if (found === '…') return '.*';
    if (name === undefined) return `\\${found}`;
    names.push(name);
    return '([^;]+)';
  });
  const match = new RegExp(`^${pattern}$`, 's').exec(actual);
  for (const [index, name] of names.entries()) if (match) kept.set(name, match[index + 1] ?? '');
  return match !== null;
}

/** What was answered, with everything that fits what is shown put as it is shown there. */
function asShown(shown: unknown, actual: unknown, kept: Map<string, string>): unknown {
  if (shown === '…') return actual === undefined ? undefined : shown;
  if (typeof shown === 'string' && typeof actual === 'string') return fits(shown, actual, kept) ? shown : actual;
  if (typeof actual !== 'object' || actual === null || typeof shown !== 'object' || shown === null) return actual;
  const of = shown as Record<string, unknown>;
  if (Array.isArray(actual)) return actual.map((one, index) => asShown(of[index], one, kept));
  return Object.fromEntries(Object.entries(actual).map(([name, one]) => [name, asShown(of[name], one, kept)]));
}

function headersAsShown(
  shown: ReturnType<typeof partsOf>['headers'],
  actual: IncomingHttpHeaders,
  kept: Map<string, string>,
) {
  return shown.map(([name]) => {
    const value = [actual[name.toLowerCase()]].flat().join('\n');
    const wanted = shown.find(([one]) => one === name)?.[1] ?? '';
    return [name, fits(wanted, value, kept) ? wanted : value];
  });
}

test('every request of docs/clients.md is answered as it says', async () => {
  const page = await readFile(new URL('../../docs/clients.md', import.meta.url), 'utf8');
  const kept = new Map([['partnerKey', inject('partnerKeys').acme ?? '']]);
  const blocks = [...page.matchAll(/```http\n(.*?)\n```/gs)].map((match) => match[1] ?? '');
  expect(blocks.length).toBeGreaterThan(30);
  let answer: IncomingMessage | undefined;
  let stream: IncomingMessage | undefined;
  let sent = '';
  for (const block of blocks) {
    if (block.startsWith('event: ')) {
      const shown = JSON.parse(block.slice(block.indexOf('data: ') + 'data: '.length));
      if (!stream) throw new Error('No stream was opened.');
      expect.soft(asShown(shown, await nextOf(stream), kept)).toEqual(shown);
      stream.destroy();
    } else if (block.startsWith('HTTP/1.1 ')) {
      if (!answer) throw new Error(`An answer to nothing: ${block}`);
      const shown = partsOf(block);
      const text = await textOf(answer);
      expect.soft([answer.statusCode, text], sent).toEqual([Number(shown.first.split(' ')[1]), text]);
      expect.soft(headersAsShown(shown.headers, answer.headers, kept), sent).toEqual(shown.headers);
      if (shown.body === '') continue;
      const body = JSON.parse(shown.body);
      expect.soft(asShown(body, JSON.parse(text), kept), sent).toEqual(body);
    } else {
      sent = block.replace(/<(\w+)>/g, (found, name: string) => kept.get(name) ?? found);
      answer = await open(sent);
      if (block.includes('text/event-stream')) stream = answer;
    }
  }
}, 60_000);
