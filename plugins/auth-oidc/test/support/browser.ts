/** What a person sees at the end of all redirects. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** As much of a browser as logging in takes: cookies by host, and redirects, one by one. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  /** Where it was sent, from first to last. */
  readonly visited: string[] = [];
  readonly #hosts: () => Readonly<Record<string, string>>;

  /** `hosts`: where names that stand in addresses are really found. */
  constructor(hosts: () => Readonly<Record<string, string>>) {
    this.#hosts = hosts;
  }

  /** Goes somewhere, and on to wherever it is sent, but not where `until` says so. */
  async go(url: string, until: (next: string) => boolean = () => false): Promise<Page> {
    let next = url;
    for (let hops = 0; hops < 20; hops += 1) {
      this.visited.push(next);
      const answer = await this.ask('GET', next);
      const location = answer.headers.get('location');
      if (location === null) {
        const text = await answer.text();
        const isJson = /json/.test(answer.headers.get('content-type') ?? '');
        return { url: next, status: answer.status, body: isJson ? Object(JSON.parse(text)) : {} };
      }
      await answer.body?.cancel();
      next = new URL(location, next).href;
      if (until(next)) return { url: next, status: answer.status, body: {} };
    }
    throw new Error(`sent around in circles: ${next}`);
  }

  /** One request with the cookies of its host; keeps those that come back. */
  async ask(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
    body?: object,
  ): Promise<Response> {
    const { origin } = new URL(url);
    const own = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, own);
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url.replace(origin, this.#hosts()[origin] ?? origin), {
      method,
      redirect: 'manual',
      headers: {
        ...headers,
        ...(cookie && { cookie }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', ...value] = (line.split(';', 1)[0] ?? '').split('=');
      own.set(name, value.join('='));
    }
    return answer;
  }

  /** Forgets what a host had it keep. */
  forget(url: string): void {
    this.#cookies.delete(new URL(url).origin);
  }
}
