/** The first query, for a shell: two functions to paste. Whatever goes wrong is shown instead of being cut out of sight. */

const signIn =
  '{"query":"mutation($e:String!){signIn(input:{email:$e,password:\\"Fieldgate-demo-1\\"}){accessToken}}",' +
  '"variables":{"e":"\'"$1"\'"}}';
const query = '{"query":"{ projects(first: 2) { nodes { name budget } } }"}';

/**
 * Lines that ask for projects as the demo's owner and as its guest; the last one asks, those before it define.
 * @param url of the gateway, without a path.
 */
export function firstQueryLines(url: string): readonly string[] {
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
