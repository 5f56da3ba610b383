/** Who may import whom: requests walk downwards, and so do imports. Checked by `npm run imports`; each rule says why. */

const room = (name) => `^src/(${name})(/|\\.ts$)`;
const never = (from, to, comment) => ({
  name: `${from.replace(/\W+/g, '-')}-not-to-${to.replace(/\W+/g, '-')}`,
  comment,
  severity: 'error',
  from: { path: room(from), pathNot: '\\.test\\.ts$' },
  to: { path: room(to) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or have a third in common.',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'What cannot be found cannot be checked.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'src-not-to-test',
      comment: 'The product does not depend on its tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples)/' },
    },
    never(
      'config|errors|logger',
      'stores|authorization|nouns|identity|registry|domain|dev|plugins|operation|http|context|app|serve|server|schema',
      'The ground floor knows packages only.',
    ),
    never(
      'stores',
      'authorization|nouns|identity|registry|domain|dev|plugins|operation|http|context|app|serve|server|schema',
      'Stores keep things; who may have them is decided above.',
    ),
    never(
      'http',
      'nouns|identity|registry|domain|dev|plugins|operation|context|app|serve|server|schema',
      'HTTP carries operations and their results; what they mean is decided above.',
    ),
    never(
      'authorization',
      'nouns|identity|registry|domain|dev|plugins|operation|http|app|serve|server|schema',
      'The engine of rules knows the viewer and the schema as data, and no noun by its name.',
    ),
    never(
      'operation',
      'nouns|identity|registry|domain|dev|plugins|app|serve|server|schema',
      'Reading and running an operation knows no noun and no plugin.',
    ),
    never(
      'nouns',
      'identity|registry|domain|dev|plugins|http|app|serve|server|schema',
      'What a declaration becomes is the same for every noun.',
    ),
    never(
      'identity',
      'registry|domain|dev|plugins|app|serve|server|schema',
      'Accounts, organizations and keys are there without any domain.',
    ),
    {
      name: 'nouns-not-to-running',
      comment: 'Nouns say what their fields cost; how operations run is none of their business.',
      severity: 'error',
      from: { path: '^src/(nouns|identity|domain)/' },
      to: {
        path: '^src/operation/',
        pathNot: '^src/operation/(field-weights|emptied-conditions)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'identity-not-to-http',
      comment:
        'A noun must not know how a request came in. What network an address lies in is a function of a text, and a sign-in alone hands out a cookie.',
      severity: 'error',
      from: { path: '^src/identity/' },
      to: {
        path: '^src/http/',
        pathNot: '^src/http/(client-address|refresh-cookie|exchange)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    never('registry', 'domain|dev|plugins|app|serve|server|schema', 'What is registered is found without a request.'),
    never(
      'domain',
      'registry|dev|plugins|http|app|serve|server|schema',
      'A domain is declared: what it may lean on is nouns, rules and identity.',
    ),
    {
      name: 'domain-not-to-stores',
      comment: 'A domain is handed what it works with; it knows the types alone.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/stores/', pathNot: '^src/stores/database-scope\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    never('dev', 'plugins|operation|registry|app|serve|server', 'Demo data and the embedded database serve nobody.'),
    {
      name: 'domain-is-replaceable',
      comment:
        'Nothing but the composition root, commands and demo data knows the domain: without it the gateway starts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(domain|cli|dev)/|^src/(app|main|start)\\.ts$' },
      to: { path: '^src/domain/' },
    },
    never(
      'plugins',
      'domain|dev|app|serve|server|start|main',
      'A plugin knows its own job; the list in server.ts knows the order.',
    ),
    {
      name: 'resolvers-not-to-database',
      comment: 'Nouns reach data through the tenant-bound client that they are handed, under the guard.',
      severity: 'error',
      from: { path: '^src/(nouns|identity|domain|registry)/' },
      to: {
        path: '^src/stores/(database|tenant-pool|gateway-role|migrations)\\.ts$|^src/generated/prisma/client',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nothing-to-app',
      comment: 'The composition root composes; nothing reaches back into it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|start|app)\\.ts$' },
      to: { path: '^src/(app|main|start)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
