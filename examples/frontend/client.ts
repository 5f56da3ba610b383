/**
 * The page's client: sends trusted documents by their id, never text. The access token lives in memory alone; the refresh
 * token is a cookie that no script can read, and is spent for a new access token on load and when the old one ends.
 */
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

let accessToken: AccessToken | null = null;
let refreshing: Promise<boolean> | null = null;

async function send<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<{ status: number; answer: Answer<Data> }> {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      // Calls that may come with the cookie need it: a form on another site cannot send it.
      'x-fieldgate-csrf': '1',
      ...(accessToken ? { authorization: `Bearer ${accessToken.value}` } : {}),
    },
    body: JSON.stringify({ documentId: `sha256:${document.__meta__?.documentHash}`, variables }),
  });
  const body = (await response.json()) as { data?: Data | null; errors?: readonly GatewayFault[] };
  return { status: response.status, answer: { data: body.data ?? null, errors: body.errors ?? [] } };
}

function keep(session: { accessToken: string; accessTokenExpiresAt: string } | null | undefined): boolean {
  accessToken = session ? { value: session.accessToken, expiresAt: Date.parse(session.accessTokenExpiresAt) } : null;
  return accessToken !== null;
}

/** Spends the cookie for an access token. @returns false when there is no session. Calls that come together share one. */
export function refresh(): Promise<boolean> {
  refreshing ??= (async () => {
    accessToken = null;
    const { answer } = await send(RefreshSessionDocument, {});
    return keep(answer.data?.refreshSession);
  })().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Sends an operation; with a new access token when the old one ended or was refused. */
export async function execute<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  if (accessToken && accessToken.expiresAt - renewBeforeMs < Date.now()) await refresh();
  const { status, answer } = await send(document, variables);
  if (status !== 401 || !(await refresh())) return answer;
  return (await send(document, variables)).answer;
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
