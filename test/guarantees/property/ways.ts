/** Every way into a gateway for a query, each answering alike: by text, by GET, as an event, by id, and unplanned. */
import { createHash } from 'node:crypto';
import { v7 as makeId } from 'uuid';
import type { AnsweredError, Credential } from '../../support/client.ts';
import type { TestGateway } from '../../support/gateway.ts';

/** What came back, as answers are compared. */
export interface WayAnswer {
  readonly status: number;
  readonly data: unknown;
  /** Coordinates of the denied, and codes of other errors; sorted. */
  readonly denied: readonly string[];
  /** Codes, each once. */
  readonly codes: readonly string[];
  /** All of it, for messages of failing tests. */
  readonly text: string;
}

/** A query as it is sent. */
export interface SentQuery {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly as: Credential;
}

type Way = (query: SentQuery) => Promise<WayAnswer>;

/** The names of the ways, the one that the others are compared with first. */
export const wayNames = ['text POST', 'text GET', 'SSE', 'SSE by GET', 'id POST', 'id GET', 'unplanned'] as const;

/** The name of a way. */
export type WayName = (typeof wayNames)[number];

/** Makes the ways. @param unplanned a replica that runs every scope for every row. */
export function createWays(planned: TestGateway, unplanned: TestGateway): Readonly<Record<WayName, Way>> {
  /** Registers the text for the whole deployment. @returns its id. */
  const register = async (text: string): Promise<string> => {
    const sha256 = createHash('sha256').update(text).digest('hex');
    await planned.database.query(
      `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
       values ($1, null, 'frontend', $2, 'Random', $3, 1, '{}') on conflict do nothing`,
      [makeId(), sha256, text],
    );
    return `sha256:${sha256}`;
  };
  const post = (gateway: TestGateway, body: object, as: Credential, accept = 'application/graphql-response+json') =>
    fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...as },
      body: JSON.stringify(body),
    });
  const get = (
    params: Readonly<Record<string, unknown>>,
    as: Credential,
    accept = 'application/graphql-response+json',
  ) => {
    const search = new URLSearchParams(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
    return fetch(`${planned.endpoint}?${search}`, { headers: { accept, ...as } });
  };
  return {
    'text POST': async ({ text, variables, as }) => answerOf(await post(planned, { query: text, variables }, as)),
    'text GET': async ({ text, variables, as }) => answerOf(await get({ query: text, variables }, as)),
    SSE: async ({ text, variables, as }) =>
      answerOf(await post(planned, { query: text, variables }, as, 'text/event-stream')),
    'SSE by GET': async ({ text, variables, as }) =>
      answerOf(await get({ query: text, variables }, as, 'text/event-stream')),
    'id POST': async ({ text, variables, as }) =>
      answerOf(await post(planned, { documentId: await register(text), variables }, as)),
    'id GET': async ({ text, variables, as }) =>
      answerOf(await get({ documentId: await register(text), variables }, as)),
    unplanned: async ({ text, variables, as }) => answerOf(await post(unplanned, { query: text, variables }, as)),
  };
}

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly AnsweredError[];
}

/** Reads an answer, or the one event of a stream. @throws Error for a stream that does not hold exactly one. */
async function answerOf(response: Response): Promise<WayAnswer> {
  const text = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const events = isStream ? [...text.matchAll(/^event: next\ndata: (.*)$/gm)].map(([, data]) => data) : [text];
  if (events.length !== 1) throw new Error(`One answer was expected, not ${events.length}: ${text.slice(0, 2_000)}`);
  return toAnswer(response.status, JSON.parse(events[0] ?? '') as Body, text);
}

/** An answer as it is compared. */
export function toAnswer(status: number, { data = null, errors = [] }: Body, text = ''): WayAnswer {
  return {
    status,
    data,
    denied: errors.map(({ extensions }) => String(extensions.coordinate ?? extensions.code)).sort(),
    codes: [...new Set(errors.map(({ extensions }) => extensions.code))],
    text: text.slice(0, 4_000),
  };
}

/** What differs from one request to the next whoever asks: sealed cursors and times of last use. */
const differs = /_(cursor|startCursor|endCursor|lastUsedAt)$/;

/** Data without it, as text. */
export const comparable = (data: unknown): string =>
  JSON.stringify(data, (key, value) => (differs.test(key) ? typeof value : value)) ?? 'none';

/** What bounds clients is tested elsewhere; here it would only hide answers. */
export const openLimits = {
  // A long run outlasts the usual ten minutes of a token.
  ACCESS_TOKEN_TTL_SECONDS: '3600',
  COST_BUDGET_PER_MINUTE: '1000000000',
  COST_BUDGET_PER_ADDRESS_PER_MINUTE: '1000000000',
  COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: '1000000000',
  MAX_COST: '1000000',
  MAX_ALIASES: '100',
  MAX_DEPTH: '40',
};

/** How many operations a test is to send by each way: PROPERTY_RUNS, the long form being 1,000. */
export const runsOf = (short: number): number => Number(process.env.PROPERTY_RUNS ?? short);

/** How long that many may take: a run that is cut off would prove less than it says. */
export const timeFor = (runs: number): number => 120_000 + runs * 1_500;
