import type { OpenIdServer } from '@agent-factory/test-servers/openid';
import type { Answer, Credential } from '../matrix/matrix-platform.ts';
import type { Day } from './day.ts';
import type { Instance } from './instance.ts';
import { lookWith } from './person.ts';

/** What providers know the platform by; its real ports are free. */
export const publicUrl = 'http://platform.test';
/** Of the provider, in the configuration of the platform. */
export const providerId = 'corp';

/** A login whose person agreed at the provider, and comes back with this. */
export interface Attempt {
  readonly cookie: string;
  /** Path and query. */
  readonly back: string;
}

/** Somebody who logs in at a provider. */
export class Visitor {
  readonly #day: Day;
  readonly #server: OpenIdServer;
  readonly #name: string;
  #session: Credential | undefined;

  constructor(day: Day, server: OpenIdServer, name: string) {
    this.#day = day;
    this.#server = server;
    this.#name = name;
  }

  /** Begins a login at a process, and agrees to it at the provider, after a while. */
  async attempt(on: Instance, awhile?: () => Promise<void>): Promise<Attempt> {
    const begun = await visit(`${on.url}/api/v1/auth/oidc/${providerId}`);
    await awhile?.();
    const email = `${this.#name}@acme.example`;
    this.#server.person = { sub: this.#name, email, email_verified: true, name: this.#name };
    const cookies = new Map<string, string>();
    for (let next = begun.location; ;) {
      const { location, headers } = await visit(next, [...cookies.values()].join('; '));
      for (const line of headers.getSetCookie()) cookies.set(line.split('=', 1)[0] ?? '', cookieOf(line));
      next = new URL(location, next).href;
      if (next.startsWith(publicUrl))
        return {
          cookie: cookieOf(begun.headers.getSetCookie()[0] ?? ''),
          back: next.slice(publicUrl.length),
        };
    }
  }

  /** Comes back to a process; what it answers. */
  async end({ cookie, back }: Attempt, on: Instance): Promise<Answer> {
    const answer = await visit(on.url + back, cookie);
    const [session] = answer.headers.getSetCookie();
    if (session !== undefined) this.#session = { headers: { cookie: cookieOf(session) } };
    return answer;
  }

  /** A whole login, begun at one process and ended at another, that has to be let in. */
  async login(begin: Instance, end: Instance, awhile?: () => Promise<void>): Promise<void> {
    await this.arrive(await this.attempt(begin, awhile), end);
  }

  /** Comes back from a login that has to be let in. */
  async arrive(attempt: Attempt, on: Instance): Promise<void> {
    this.#session = undefined;
    const answer = await this.end(attempt, on);
    if (this.#session) await this.look(on);
    else this.#day.tally.letIn(`${this.#name}, who logs in at a provider,`, answer);
  }

  /** Looks who one is, in the session that holds. */
  async look(on: Instance): Promise<void> {
    this.#day.tally.letIn(
      `${this.#name} with a session`,
      await lookWith(this.#session ?? { headers: {} })(on),
    );
  }

  /** A whole login that the provider vouches for in a way that does not hold. */
  async isRefused(why: string, begin: Instance, end: Instance): Promise<void> {
    this.#day.tally.keptOut(why, await this.end(await this.attempt(begin), end));
  }
}

/** Asks as a browser does, but goes nowhere by itself. */
async function visit(url: string, cookie = ''): Promise<Answer & { readonly location: string }> {
  const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
  const { status, headers } = answer;
  const text = await answer.text();
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  const code = isProblem ? (JSON.parse(text) as { readonly code: string }).code : undefined; // as problems are
  return { status, headers, text, code, location: headers.get('location') ?? '' };
}

/** What a browser keeps of a line that has it keep something. */
function cookieOf(line: string): string {
  return line.split(';', 1)[0] ?? '';
}
