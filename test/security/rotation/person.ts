import type { Answer, Credential } from '../matrix/matrix-platform.ts';
import type { Ask, Day } from './day.ts';
import type { Instance } from './instance.ts';

const minute = 60_000;
/** What ends by the clock of one process and is judged by that of another is not tried so close to its end. */
export const marginMs: number = 5 * minute;
/** Access tokens go by one clock; this is for what the test itself takes. */
const slackMs = minute;

/** Tokens as a client keeps them. */
export interface Tokens {
  readonly id: string;
  readonly access: string;
  readonly refresh: string;
  /** When the access token is over, by what the platform said. */
  readonly until: number;
}

/** Looks who one is, with a credential. */
export const lookWith =
  (credential: Credential): Ask =>
  (on) =>
    on.call('GET', '/api/v1/me', credential);
export const bearer = (text: string): Credential => ({ headers: { authorization: `Bearer ${text}` } });
export const refreshWith =
  (refreshToken: string): Ask =>
  (on) =>
    on.call('POST', '/api/v1/auth/tokens/refresh', undefined, { body: { refreshToken } });

/** Tokens of an answer; `undefined` for a refusal. */
export function tokensOf({ status, text }: Answer, askedAt: number): Tokens | undefined {
  if (status >= 300) return undefined;
  const told = JSON.parse(text) as Record<'id' | 'accessToken' | 'refreshToken', string> & {
    readonly expiresIn: number;
  }; // as its schema says
  const until = askedAt + told.expiresIn * 1000;
  return { id: told.id, access: told.accessToken, refresh: told.refreshToken, until };
}

/** Somebody with a browser, and an app that keeps to what it is told. */
export class Person {
  readonly email: string;
  readonly password = 'correct horse battery staple';
  readonly #day: Day;
  #session: { readonly credential: Credential; readonly until: number } | undefined;
  #tokens: Tokens | undefined;
  /** The refresh token that was used last. */
  #used: string | undefined;
  #turns: number;

  constructor(day: Day, email: string, number: number) {
    this.#day = day;
    this.email = email;
    this.#turns = number;
  }

  get tokens(): Tokens | undefined {
    return this.#tokens;
  }

  /** Takes a session that has begun, and gets tokens with it. */
  async begin(answer: Answer, on: Instance): Promise<void> {
    this.#day.tally.letIn(`${this.email}, who logs in,`, answer);
    const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const { csrfToken: csrf, expiresAt } = JSON.parse(answer.text) as {
      csrfToken: string;
      expiresAt: number;
    }; // as its schema says
    this.#session = { credential: { headers: { cookie }, csrf }, until: expiresAt };
    await this.#getTokens(on);
  }

  async login(on: Instance): Promise<void> {
    const body = { email: this.email, password: this.password };
    await this.begin(await on.call('POST', '/api/v1/auth/login', undefined, { body }), on);
  }

  /** What one does every few minutes: everything that holds is used, at either process. */
  async turn(): Promise<void> {
    const { time, tally } = this.#day;
    const turn = this.#turns++;
    const [writer, reader] = [this.#day.on(turn >> 1), this.#day.on(turn >> 2)];
    if (!this.#session || this.#session.until - marginMs <= time.now()) {
      this.#bury('a session that is over', (this.#session?.until ?? 0) + marginMs);
      await this.login(writer);
    }
    if (this.#tokens && this.#tokens.until - slackMs <= time.now()) await this.#refresh(writer, turn);
    const { access = '' } = this.#tokens ?? {};
    tally.letIn(`${this.email} with an access token`, await lookWith(bearer(access))(reader));
    if (turn % 5 === 0 && this.#session)
      tally.letIn(`${this.email} with a session`, await lookWith(this.#session.credential)(reader));
  }

  /** The keys that signed what there is are no more: it is refused, and the next one holds. */
  async lostSignature(why: string, on: Instance): Promise<void> {
    await this.#day.takenBack(why, lookWith(bearer(this.#tokens?.access ?? '')), on);
    await this.#refresh(on, 1);
  }

  /** Was away for longer than a session holds without a request. */
  wasAway(): void {
    this.#bury('a session that nobody used', 0);
    this.#session = undefined;
  }

  async logout(on: Instance): Promise<void> {
    const credential = this.#session?.credential;
    this.#day.tally.letIn(
      `${this.email}, who logs out,`,
      await on.call('POST', '/api/v1/auth/logout', credential),
    );
    await this.isOut('somebody logged out', on);
    await this.login(on);
  }

  /** Ends the tokens, and gets others in the same session. */
  async endTokens(on: Instance): Promise<void> {
    const { id = '', access = '', refresh = '' } = this.#tokens ?? {};
    const ended = await on.call('DELETE', `/api/v1/auth/tokens/${id}`, this.#session?.credential);
    this.#day.tally.letIn(`${this.email}, who ends tokens,`, ended);
    await this.#day.takenBack('tokens that were ended', lookWith(bearer(access)), on);
    await this.#day.takenBack('tokens that were ended', refreshWith(refresh), on);
    await this.#getTokens(on);
  }

  /** Somebody else comes with a refresh token that was used: all that came of it ends, and the session goes on. */
  async isRobbed(on: Instance): Promise<Answer | undefined> {
    if (this.#used === undefined) return undefined;
    const answer = await refreshWith(this.#used)(on);
    this.#day.tally.keptOut('a refresh token that was used before', answer);
    const { access = '', refresh = '' } = this.#tokens ?? {};
    await this.#day.takenBack('what came of a stolen refresh token', lookWith(bearer(access)), on);
    await this.#day.takenBack('what came of a stolen refresh token', refreshWith(refresh), on);
    await this.#getTokens(on);
    return answer;
  }

  /** Everything of this person has just ended at a process. */
  async isOut(why: string, on: Instance): Promise<void> {
    if (this.#session) await this.#day.takenBack(why, lookWith(this.#session.credential), on);
    if (this.#tokens) await this.#day.takenBack(why, lookWith(bearer(this.#tokens.access)), on);
    if (this.#tokens) await this.#day.takenBack(why, refreshWith(this.#tokens.refresh), on);
  }

  #bury(why: string, from: number): void {
    if (!this.#session || !this.#tokens) return;
    this.#day.bury(why, lookWith(this.#session.credential), from);
    this.#day.bury(`a refresh token of ${why}`, refreshWith(this.#tokens.refresh), from);
    this.#day.bury(`an access token of ${why}`, lookWith(bearer(this.#tokens.access)), from);
  }

  async #getTokens(on: Instance): Promise<void> {
    const askedAt = this.#day.time.now();
    const given = await on.call('POST', '/api/v1/auth/tokens', this.#session?.credential, { body: {} });
    this.#day.tally.letIn(`${this.email}, who gets tokens,`, given);
    this.#tokens = tokensOf(given, askedAt);
    this.#used = undefined;
  }

  /** Now and then the answer is lost on its way, and the app asks again, by chance at the other process. */
  async #refresh(on: Instance, turn: number): Promise<void> {
    const { time, tally } = this.#day;
    const old = this.#tokens;
    if (!old) return;
    if ((turn >> 1) % 4 === 0) {
      const lost = await refreshWith(old.refresh)(this.#day.on((turn >> 1) + 1));
      tally.letIn(`${this.email}, whose answer is lost,`, lost);
    }
    const askedAt = time.now();
    const given = await refreshWith(old.refresh)(on);
    tally.letIn(`${this.email} with a refresh token`, given);
    this.#tokens = tokensOf(given, askedAt);
    this.#used = old.refresh;
    if ((turn >> 1) % 3 === 0)
      this.#day.bury('an access token that is over', lookWith(bearer(old.access)), old.until + slackMs);
  }
}
