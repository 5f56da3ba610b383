/** Listens to a subscription over SSE, one answer at a time. */

/** A stream that is open. */
export interface EventReader {
  readonly status: number;
  /** Waits for one answer; null when the stream has ended. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of ad-hoc operations; assertions name what they expect.
  next(): Promise<any>;
  close(): void;
}

/** Subscribes. */
export async function listen(
  endpoint: string,
  query: string,
  headers: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: abort.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    async next() {
      for (;;) {
        const match = /event: (\w+)\ndata: ?(.*)\n\n/.exec(text);
        if (match) {
          text = text.slice(match.index + match[0].length);
          return match[1] === 'next' ? JSON.parse(match[2] ?? 'null') : null;
        }
        const step = await reader?.read();
        if (!step || step.done) return null;
        text += step.value;
      }
    },
    close: () => abort.abort(),
  };
}
