/** The first query, for a shell: two functions to paste. Whatever goes wrong is shown instead of being cut out of sight. */

const signIn =
  '{"query":"mutation($e:String!){signIn(input:{email:$e,password:\\"Fieldgate-demo-1\\"}){accessToken}}",' +
  '"variables":{"e":"\'"$1"\'"}}';
/** What every gateway answers, whatever its domain. */
const plainQuery = '{ viewer { roles { key } organization { name plan } } }';

/**
 * Lines that ask something as the demo's owner and as its guest; the last one asks, those before it define.
 * @param url of the gateway, without a path.
 * @param asked the domain's own query, without quotes; left out, one about the viewer.
 */
export function firstQueryLines(url: string, asked: string = plainQuery): readonly string[] {
  const query = JSON.stringify({ query: asked });
  const post = `curl -sS ${url}/graphql -H 'content-type: application/json'`;
  return [
    'token() {',
    `  a=$(${post} -d '${signIn}') || return 1`,
    `  t=$(printf %s "$a" | sed -n 's/.*"accessToken":"\\([^"]*\\)".*/\\1/p')`,
    // An answer without a token says why there is none.
    '  [ -n "$t" ] && echo "$t" || { echo "$a" >&2; return 1; }',
    '}',
    `ask() { t=$(token "$1") && ${post} -H "authorization: Bearer $t" -d '${query}' && echo; }`,
    'ask owner@acme.example; ask guest@acme.example',
  ];
}
