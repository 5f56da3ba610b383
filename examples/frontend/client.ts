/**
 * The page's client: sends trusted documents by their id, never text. The access token lives in memory alone; the refresh
 * token is a cookie that no script can read, and is spent for a new access token on load and when the old one ends. The cookie
 * belongs to all tabs: they spend it one after the other.
 */
import { readEvents } from './events.ts';
import {
  RefreshSessionDocument,
  SignInDocument,
  SignOutDocument,
  type TypedDocumentString,
} from './generated/graphql.ts';

/** An error of the gateway. */
export interface GatewayFault {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

/** What the gateway answered; data and errors may stand beside each other. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly errors: readonly GatewayFault[];
}

interface AccessToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** How long before its end an access token is replaced. */
const renewBeforeMs = 30_000;

/** The first pause before something is tried again, and the longest one. */
const retryMs = 500;
const maxRetryMs = 30_000;

let accessToken: AccessToken | null = null;
let refreshing: Promise<boolean> | null = null;

function request<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  accept: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      accept,
      // Calls that may come with the cookie need it: a form on another site cannot send it.
      'x-fieldgate-csrf': '1',
      ...(accessToken ? { authorization: `Bearer ${accessToken.value}` } : {}),
    },
    body: JSON.stringify({ documentId: `sha256:${document.__meta__?.documentHash}`, variables }),
    signal,
  });
}

async function answerOf<Data>(response: Response): Promise<Answer<Data>> {
  const body = (await response.json()) as { data?: Data | null; errors?: readonly GatewayFault[] };
  return { data: body.data ?? null, errors: body.errors ?? [] };
}

async function send<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<{ status: number; answer: Answer<Data> }> {
  const response = await request(document, variables, 'application/graphql-response+json');
  return { status: response.status, answer: await answerOf<Data>(response) };
}

function keep(session: { accessToken: string; accessTokenExpiresAt: string } | null | undefined): boolean {
  accessToken = session ? { value: session.accessToken, expiresAt: Date.parse(session.accessTokenExpiresAt) } : null;
  return accessToken !== null;
}

async function spendCookie(): Promise<boolean> {
  accessToken = null;
  const { answer } = await send(RefreshSessionDocument, {});
  return keep(answer.data?.refreshSession);
}

/** Spends the cookie while no other tab does: the next one then has the cookie that came of it. */
async function spendCookieInTurn(): Promise<boolean> {
  // Browsers have locks on https and on the loopback only.
  if (navigator.locks) return navigator.locks.request('fieldgate-refresh', spendCookie);
  if (await spendCookie()) return true;
  // Another tab was faster: the gateway forgives that for some seconds, and its cookie is here by now, or in a moment.
  await pause(retryMs);
  return spendCookie();
}

/** Spends the cookie for an access token. @returns false when there is no session. Calls that come together share one. */
export function refresh(): Promise<boolean> {
  refreshing ??= spendCookieInTurn().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Replaces an access token that ends soon. */
async function renew(): Promise<void> {
  if (accessToken && accessToken.expiresAt - renewBeforeMs < Date.now()) await refresh();
}

/** Sends an operation; with a new access token when the old one ended or was refused. */
export async function execute<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  await renew();
  const { status, answer } = await send(document, variables);
  if (status !== 401 || !(await refresh())) return answer;
  return (await send(document, variables)).answer;
}

/** What a listener is told. */
export interface Listener<Data> {
  /** An event. */
  onAnswer(answer: Answer<Data>): void;
  /** The stream is open again: what happened meanwhile was not told. */
  onReopened(): void;
}

/**
 * Listens to a subscription, as server-sent events over fetch: the browser's own EventSource sends neither headers nor a body. A stream
 * that ends is opened again, with a new access token where that is needed.
 * @param signal ends it.
 * @returns when it was ended, or will not come back: the session is over, or the gateway refuses the operation.
 */
export async function subscribe<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { onAnswer, onReopened }: Listener<Data>,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  for (let wasOpen = false; !signal.aborted; ) {
    try {
      await renew();
      const response = await request(document, variables, 'text/event-stream', signal);
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        if (wasOpen) onReopened();
        wasOpen = true;
        for await (const text of readEvents(response)) {
          const answer = { data: null, errors: [], ...(JSON.parse(text) as Partial<Answer<Data>>) };
          if (answer.data === null && !answer.errors.every(isPassing)) return onAnswer(answer);
          if (answer.data !== null) onAnswer(answer);
          if (answer.errors.length === 0) failures = 0;
        }
      } else if (response.status === 401) {
        if (!(await refresh())) return;
      } else if (response.status !== 429 && response.status !== 503) return onAnswer(await answerOf<Data>(response));
    } catch (error) {
      // The network, which comes back; everything else is a fault of this program.
      if (!(error instanceof TypeError || signal.aborted)) throw error;
    }
    failures += 1;
    await pause(Math.min(retryMs * 2 ** (failures - 1), maxRetryMs), signal);
  }
}

/** Whether a stream that ended with this fault may be opened again. */
function isPassing({ extensions }: GatewayFault): boolean {
  return ['UNAUTHENTICATED', 'SERVICE_UNAVAILABLE', 'RATE_LIMITED'].includes(extensions?.code ?? '');
}

/** Waits; ends early when the signal comes. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}

/** Signs in. @returns the fault's message, or null when it worked. */
export async function signIn(email: string, password: string): Promise<string | null> {
  const { answer } = await send(SignInDocument, { email, password });
  return keep(answer.data?.signIn) ? null : (answer.errors[0]?.message ?? 'Signing in failed.');
}

/** Ends the session, here and at the gateway. */
export async function signOut(): Promise<void> {
  await send(SignOutDocument, {});
  accessToken = null;
}
