/** `/`: where things are; a small page for people, JSON for programs. It holds nothing that is not public anyway. */
import type { GatewayPlugin } from '../context.ts';
import { errorResponse, onlyGet } from '../http/error-body.ts';
import { addVary, headerOf } from '../http/exchange.ts';
import { negotiate } from '../http/negotiation.ts';
import { respond } from '../http/respond.ts';

/** Makes the plugin. @param options.graphiql whether `/graphql` shows GraphiQL to a browser. */
export function useStartPage(options: { readonly graphiql: boolean }): GatewayPlugin {
  const places = {
    graphql: '/graphql',
    ...(options.graphiql ? { graphiql: '/graphql' } : {}),
    health: '/health',
    ready: '/health/ready',
    keys: '/.well-known/jwks.json',
  };
  const json = JSON.stringify({ name: 'Fieldgate', ...places });
  const page = pageOf(options.graphiql);
  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      if (exchange.path !== '/') return;
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
        return endResponse(errorResponse(exchange, onlyGet()));
      addVary(exchange, 'Accept');
      const isPage = negotiate(headerOf(exchange, 'accept'), ['application/json', 'text/html']) === 'text/html';
      const headers = { 'content-type': `${isPage ? 'text/html' : 'application/json'}; charset=utf-8` };
      endResponse(respond(200, { ...headers, 'cache-control': 'no-cache' }, isPage ? page : json));
    },
  };
}

function pageOf(graphiql: boolean): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Fieldgate</title>
  </head>
  <body>
    <h1>Fieldgate</h1>
    <p>A GraphQL gateway. Programs send operations to <code>/graphql</code>.</p>
    <ul>
${graphiql ? '      <li><a href="/graphql">GraphiQL</a>: write and try operations</li>\n' : ''}      <li><a href="/health">Health</a> and <a href="/health/ready">readiness</a></li>
      <li><a href="/.well-known/jwks.json">Public keys</a> that access tokens are signed with</li>
    </ul>
    <p>How to call it, errors and limits: the folder <code>docs/</code> of the repository.</p>
  </body>
</html>
`;
}
