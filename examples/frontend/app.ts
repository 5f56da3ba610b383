/** The page: signs in, shows the projects that the viewer may see and what happens in the first of them, signs out. Everything shown is text, never markup. */
import { execute, refresh, signIn, signOut, subscribe } from './client.ts';
import { DashboardDocument, TaskChangesDocument } from './generated/graphql.ts';

function element<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as E;
}

const form = element<HTMLFormElement>('sign-in');
const dashboard = element('dashboard');

function say(message: string): void {
  element('status').textContent = message;
}

function showForm(): void {
  stopListening();
  dashboard.hidden = true;
  form.hidden = false;
}

/** Ends what is listened to; null when nothing is. */
let listening: AbortController | null = null;

function stopListening(): void {
  listening?.abort();
  listening = null;
  element('changes').replaceChildren();
}

/** Shows what happens to the tasks of a project from now on. */
function listen(projectId: string): void {
  stopListening();
  listening = new AbortController();
  const { signal } = listening;
  void subscribe(
    TaskChangesDocument,
    { projectId },
    {
      onAnswer({ data }) {
        if (!data || signal.aborted) return;
        const { kind, task } = data.taskChanged;
        const line = document.createElement('li');
        line.textContent = task ? `${kind} #${task.number} ${task.title}: ${task.status}` : kind;
        element('changes').prepend(line);
      },
      // What was missed is in what is read anew.
      onReopened: () => void showProjects(),
    },
    signal,
  ).finally(() => {
    // The session is over: the page says so by its form.
    if (!signal.aborted) void refresh().then((isSignedIn) => isSignedIn || showForm());
  });
}

/** Reads the projects and shows them. @returns the first one's id; null when there is none, or nothing came back. */
async function showProjects(): Promise<string | null> {
  const { data, errors } = await execute(DashboardDocument, { first: 10 });
  // A denied field is null, with an error that names it: the rest is shown all the same.
  const denied = errors.filter(({ extensions }) => extensions?.code === 'FORBIDDEN');
  const failed = errors.find((error) => !denied.includes(error));
  if (failed || !data) {
    say(failed?.message ?? 'Nothing came back.');
    return null;
  }
  const { viewer, projects } = data;
  element('who').textContent =
    `${viewer?.user?.name ?? 'Somebody'}, ${viewer?.organization?.name ?? 'no organization'}`;
  const rows = (projects?.nodes ?? []).flatMap((project) => (project ? [project] : []));
  element('projects').replaceChildren(
    ...rows.map(({ key, name, status, budget }) => {
      const row = document.createElement('tr');
      for (const text of [key, name, status, budget ?? '—']) row.insertCell().textContent = text;
      return row;
    }),
  );
  say(
    `${rows.length} of ${projects?.totalCount ?? 0} projects${denied.length > 0 ? '; budgets are not yours to see' : ''}.`,
  );
  form.hidden = true;
  dashboard.hidden = false;
  return rows[0]?.id ?? null;
}

async function showDashboard(): Promise<void> {
  const projectId = await showProjects();
  if (projectId) listen(projectId);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const fault = await signIn(String(fields.get('email')), String(fields.get('password')));
  form.reset();
  if (fault) say(fault);
  else await showDashboard();
});

element('sign-out').addEventListener('click', async () => {
  stopListening();
  await signOut();
  element('projects').replaceChildren();
  say('Signed out.');
  showForm();
});

if (await refresh()) await showDashboard();
else showForm();
