/** Reads server-sent events out of a response, as GraphQL over SSE sends them: `next` with an answer, and `complete`. */

/** The data of each `next`; ends with `complete`, or with the connection. */
export async function* readEvents(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + value).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const fields = (name: string) =>
          event
            .split('\n')
            .flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : []));
        // Lines that start with a colon are comments, which keep the connection open.
        const [type] = fields('event');
        if (type === 'complete') return;
        if (type === 'next') yield fields('data').join('\n');
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
