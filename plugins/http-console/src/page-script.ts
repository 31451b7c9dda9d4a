import { errorTable } from './errors.ts';

/**
 * What runs in a page of the console: it sends forms, and hands messages of the frame to its plugin and the answers
 * back. It never makes markup of what it is told: an answer to a form is a page that the server has escaped.
 */
export const pageScript: string = `
const most = 65536;
const atOnce = 4;
let token;
let asking = 0;
const problem = (code, detail) => ({ code, detail });

const csrf = async () => {
  token ??= fetch('/api/v1/auth/session')
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then(({ csrfToken = '' }) => csrfToken, () => '');
  return token;
};

const send = async (path, body) => {
  const headers = { 'content-type': 'application/json' };
  const proof = await csrf();
  if (proof) headers['x-csrf-token'] = proof;
  return fetch(path, { method: 'POST', headers, body });
};

const reasonOf = async (answer) => {
  const { code = 'AF_HTTP_INTERNAL', detail = 'It failed.', fix = '' } = await answer.json().catch(() => ({}));
  return problem(code, detail + ' ' + fix);
};

const valueOf = (field) => {
  if (field.dataset.type === 'yes-no') return field.checked;
  if (field.dataset.type === 'number') return field.value === '' ? undefined : Number(field.value);
  return field.value;
};

document.addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const said = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  const values = {};
  for (const field of form.querySelectorAll('[data-name]')) values[field.dataset.name] = valueOf(field);
  button.disabled = true;
  said.textContent = '';
  try {
    const answer = await send(location.pathname, JSON.stringify({ form: form.dataset.form, values }));
    if (answer.ok) {
      const shown = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
      document.querySelector('main').replaceWith(document.adoptNode(shown));
      shown.focus();
    } else said.textContent = (await reasonOf(answer)).detail;
  } catch {
    said.textContent = 'The platform could not be reached.';
  } finally {
    button.disabled = false;
  }
});

const ask = async (message) => {
  if (asking >= atOnce) return { problem: problem('AF_CONSOLE_BUSY', '${errorTable.AF_CONSOLE_BUSY.message}') };
  asking += 1;
  try {
    const body = JSON.stringify({ message: message ?? null });
    if (body.length > most) return { problem: problem('AF_CONSOLE_MESSAGE_TOO_LARGE', 'The message is too long.') };
    const answer = await send(location.pathname + '/frame', body);
    return answer.ok ? { answer: (await answer.json()).answer } : { problem: await reasonOf(answer) };
  } catch {
    return { problem: problem('AF_CONSOLE_MESSAGE_FAILED', '${errorTable.AF_CONSOLE_MESSAGE_FAILED.message}') };
  } finally {
    asking -= 1;
  }
};

window.addEventListener('message', async ({ source, data }) => {
  const frame = document.querySelector('iframe');
  if (!frame || source !== frame.contentWindow || typeof data !== 'object' || data === null) return;
  const { id, message } = data;
  if (typeof id !== 'number' && typeof id !== 'string') return;
  source.postMessage({ id, ...(await ask(message)) }, '*');
});
`;
