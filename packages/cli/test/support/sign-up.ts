import assert from 'node:assert/strict';

/** Makes an account at a registry as npm does, and returns its token. */
export async function signUp(registry: string, name: string): Promise<string> {
  const user = {
    _id: `org.couchdb.user:${name}`,
    name,
    password: 'correct horse battery',
    email: 'you@example.com',
    type: 'user',
    roles: [],
  };
  const response = await fetch(`${registry}/-/user/org.couchdb.user:${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  const { token } = (await response.json()) as { token: string };
  assert.ok(token);
  return token;
}
