/**
 * GraphiQL in the browser: the editor, and a fetcher that carries the headers of the header editor and reads subscriptions
 * as server-sent events over fetch, since the browser's own EventSource cannot send headers.
 */
import { DOC_EXPLORER_PLUGIN, DocExplorerContextProvider } from '@graphiql/plugin-doc-explorer';
import { GraphiQLInterface, GraphiQLProvider } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './page.css';

const endpoint = '/graphql';

/** Whether an operation of that name is a subscription; the last one without a name counts when none is given. */
function isSubscription(documentAst, operationName) {
  const operations = (documentAst?.definitions ?? []).filter(({ kind }) => kind === 'OperationDefinition');
  const chosen = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  return chosen?.operation === 'subscription';
}

async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffered = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffered += value;
      const events = buffered.split('\n\n');
      buffered = events.pop() ?? '';
      for (const event of events) {
        const lines = event.split('\n');
        const type = lines
          .find((line) => line.startsWith('event:'))
          ?.slice(6)
          .trim();
        const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
        if (type === 'complete') return;
        if (type === 'next') yield JSON.parse(data.join('\n'));
      }
    }
  } finally {
    await reader.cancel();
  }
}

async function* subscribe(send) {
  const abort = new AbortController();
  try {
    const response = await send('text/event-stream', abort.signal);
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) yield* readEvents(response);
    else yield await response.json();
  } finally {
    abort.abort();
  }
}

/** What GraphiQL sends operations with. */
function fetcher(params, options) {
  const send = (accept, signal) =>
    fetch(endpoint, {
      method: 'POST',
      headers: { ...options?.headers, 'content-type': 'application/json', accept },
      body: JSON.stringify(params),
      credentials: 'same-origin',
      signal,
    });
  if (isSubscription(options?.documentAST, params.operationName)) return subscribe(send);
  return send('application/graphql-response+json, application/json;q=0.9').then((response) => response.json());
}

const welcome = `# Fieldgate
#
# Put your credential into the Headers tab below:
#   { "Authorization": "Bearer <access token>" }   or   { "x-api-key": "fg_..." }
#
# An access token comes from signIn:
#
#   mutation { signIn(input: { email: "owner@acme.example", password: "..." }) { accessToken } }

query Who {
  viewer {
    permissions
  }
}
`;

/** What an earlier version of this page kept in the browser: texts with passwords, and answers to them with tokens. */
function forgetWhatWasKept() {
  for (const key of Object.keys(localStorage)) if (key.startsWith('graphiql:')) localStorage.removeItem(key);
}

forgetWhatWasKept();

// Put together from GraphiQL's parts, without its history and its storage: what is typed here holds passwords and tokens, and the next
// person at this browser reads both. Everything lives as long as the page.
createRoot(document.getElementById('graphiql')).render(
  createElement(
    GraphiQLProvider,
    {
      fetcher,
      storage: null,
      defaultQuery: welcome,
      shouldPersistHeaders: false,
      plugins: [DOC_EXPLORER_PLUGIN],
      referencePlugin: DOC_EXPLORER_PLUGIN,
    },
    createElement(
      DocExplorerContextProvider,
      null,
      createElement(GraphiQLInterface, { defaultEditorToolsVisibility: 'headers', showPersistHeadersSettings: false }),
    ),
  ),
);
