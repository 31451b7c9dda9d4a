import { createHash } from 'node:crypto';

const script = `
const form = document.querySelector('form');
const said = document.querySelector('p');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const token = location.hash.slice(1);
  const password = form.elements.password.value;
  const answer = await fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, password }),
  });
  const { detail, fix } = await answer.json();
  said.textContent = answer.ok ? 'Your password is set, and you are logged in.' : detail + ' ' + fix;
  if (answer.ok) form.remove();
});
`;

const style =
  'body{font:1rem/1.5 system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit;margin:.5rem 0;padding:.4rem}';

/** A form for a new password. The token stays in the part of the address that browsers send to nobody. */
export const acceptPage: string = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Set your password</title>
<style>${style}</style>
<h1>Set your password</h1>
<form>
<label for="password">At least 10 characters</label>
<input id="password" name="password" type="password" minlength="10" maxlength="200" autocomplete="new-password" required>
<button>Set it and log in</button>
</form>
<p role="status"></p>
<script>${script}</script>
</html>
`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but what is in the page may run in it, and nobody may show it in theirs. */
export const acceptPageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'no-referrer',
};
