/** The page: signs in, shows the projects that the viewer may see, signs out. Everything shown is text, never markup. */
import { execute, refresh, signIn, signOut } from './client.ts';
import { DashboardDocument } from './generated/graphql.ts';

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
  dashboard.hidden = true;
  form.hidden = false;
}

async function showDashboard(): Promise<void> {
  const { data, errors } = await execute(DashboardDocument, { first: 10 });
  // A denied field is null, with an error that names it: the rest is shown all the same.
  const denied = errors.filter(({ extensions }) => extensions?.code === 'FORBIDDEN');
  const failed = errors.find((error) => !denied.includes(error));
  if (failed || !data) return say(failed?.message ?? 'Nothing came back.');
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
  await signOut();
  element('projects').replaceChildren();
  say('Signed out.');
  showForm();
});

if (await refresh()) await showDashboard();
else showForm();
