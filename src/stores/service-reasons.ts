/** Why one of the gateway's own services may see past a viewer's column guard and visibility wall: a closed list, each said in one sentence. */
export const serviceReasons = {
  credentials:
    'Who calls is found out before there is a viewer: functions of the database take a credential and answer its own row.',
  nobody:
    'No account and no organization is in scope: tables show no row, and functions of the database answer what they are made for.',
  ownAccount:
    'What is read and written belongs to the one account in scope: row-level security shows no other, and no organization.',
  standing:
    'What somebody may hand out depends on memberships, roles and keys that they may not see, and which are not answered.',
  explanation: 'An explanation reads the permissions of its subject, and answers decisions about them, not the rows.',
  joining:
    'Whoever registers, accepts an invitation or founds an organization is no member of it yet, and writes the first rows there.',
  ownWork:
    'An export of an account reads what the person wrote in each organization, by the permissions that they hold there.',
  ownComment: 'One’s own comment is written without any right to read comments, after it was asked whose it is.',
  audience:
    'Who learns of an event goes by columns of its row that whoever caused it need not see; they are recorded, and not answered.',
  assignment:
    'Whether somebody may get work goes by the state of memberships, of those alone that the service lets the viewer see.',
  storedFiles:
    'The name of a stored file is no viewer’s to read: rows are asked for by the viewer’s visibility, or go with what they belong to.',
  registry:
    'Registered operations are found by their digest and client, and counted, before there is a plan for whoever runs them.',
} as const satisfies Readonly<Record<string, string>>;

/** The name of a reason. */
export type ServiceReason = keyof typeof serviceReasons;
