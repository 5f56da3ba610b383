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
      'stores|authentication|authorization|services|schema|plugins|operation|registry|http|context',
      'The ground floor knows packages only.',
    ),
    never(
      'stores',
      'authentication|authorization|services|schema|plugins|operation|registry|http|app|server',
      'Stores keep things; who may have them is decided above.',
    ),
    never(
      'authentication',
      'authorization|services|schema|plugins|operation|registry|http|app|server',
      'Who calls is known before what they may.',
    ),
    never(
      'authorization',
      'services|schema|plugins|operation|registry|http|app|server',
      'Rules are about the viewer and the schema as data, not about modules.',
    ),
    never(
      'http',
      'services|schema|plugins|operation|registry|context|app|serve|server',
      'HTTP carries operations and their results; what they mean is decided above.',
    ),
    never(
      'plugins',
      'app|serve|server|start|main',
      'A plugin knows its own job; the list in server.ts knows the order.',
    ),
    {
      name: 'operation-not-upwards',
      comment:
        'Reading and running an operation knows no noun and no plugin. What a global id is made of is no noun either: global-id.ts is a function of a text.',
      severity: 'error',
      from: { path: '^src/operation/' },
      to: {
        path: room('services|schema|plugins|registry|app|serve|server'),
        pathNot: '^src/schema/global-id\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    never('registry', 'services|schema|plugins|app|serve|server', 'What is registered is found without a request.'),
    never('services', 'schema|plugins|app|server', 'A write is the same whoever asks for it, by whatever protocol.'),
    {
      name: 'services-not-to-http',
      comment:
        'A write knows no protocol. What network an address lies in is no protocol either: client-address.ts is a function of a text.',
      severity: 'error',
      from: { path: '^src/services/' },
      to: { path: '^src/http/', pathNot: '^src/http/client-address\\.ts$' },
    },
    never('schema', 'plugins|app|server', 'A module must not know how a request came in.'),
    {
      name: 'schema-not-to-http',
      comment:
        'A module must not know how a request came in. Only a sign-in does: a browser asked for its refresh token as a cookie.',
      severity: 'error',
      from: { path: '^src/schema/', pathNot: '^src/schema/session-mutations\\.ts$' },
      to: { path: '^src/http/' },
    },
    {
      name: 'schema-not-to-database',
      comment: 'Resolvers reach data through ctx.db alone, which is bound to tenant and guard.',
      severity: 'error',
      from: { path: '^src/schema/' },
      to: {
        path: '^src/stores/(database|tenant-pool|gateway-role|migrations)|^src/generated/prisma/client',
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
