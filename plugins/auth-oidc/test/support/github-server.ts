import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { client, closed, originOf } from '@agent-factory/test-servers/openid';

/** Who logs in at the server. */
export interface GitHubPerson {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly {
    readonly email: string;
    readonly primary: boolean;
    readonly verified: boolean;
  }[];
}

/** What GitHub answers (docs.github.com: "Authorizing OAuth apps", "Users", "Emails"), on a free port. */
export interface GitHubServer {
  readonly url: string;
  person: GitHubPerson;
  close(): Promise<void>;
}

export async function startGitHubServer(person: GitHubPerson): Promise<GitHubServer> {
  const codes = new Map<
    string,
    { readonly challenge: string; readonly redirect: string; readonly person: GitHubPerson }
  >();
  const tokens = new Map<string, GitHubPerson>();
  const server = createServer((request, response) => {
    const json = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const url = new URL(request.url ?? '/', 'http://github.test');
    if (url.pathname === '/login/oauth/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      const code = `code-${codes.size}`;
      const challenge = url.searchParams.get('code_challenge') ?? '';
      codes.set(code, { challenge, redirect: back.href, person: running.person });
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      back.searchParams.set('iss', 'https://github.com/login/oauth');
      response.writeHead(302, { location: back.href }).end();
    } else if (url.pathname === '/login/oauth/access_token') {
      void bodyOf(request).then((form) => {
        const known = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        const holds =
          known?.challenge === challenge &&
          known.redirect === form.get('redirect_uri') &&
          form.get('client_id') === client.id &&
          form.get('client_secret') === client.secret;
        // GitHub answers 200 also where it says no.
        if (!known || !holds)
          return json(200, { error: 'bad_verification_code', error_description: 'wrong' });
        const token = `gho_${tokens.size}`;
        tokens.set(token, known.person);
        return json(200, { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' });
      });
    } else {
      const known = tokens.get((request.headers.authorization ?? '').replace(/^bearer /i, ''));
      if (!known) json(401, { message: 'Bad credentials' });
      else if (url.pathname === '/api/v3/user') json(200, { id: known.id, login: known.login, name: null });
      else if (url.pathname === '/api/v3/user/emails') json(200, known.emails);
      else json(404, {});
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running: GitHubServer = { url: originOf(server), person, close: () => closed(server) };
  return running;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}
