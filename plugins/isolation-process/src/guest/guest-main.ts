import type {
  Link,
  MessageKinds,
  Peer,
  PeerParts,
  createPeer,
  lineOf,
  readLine,
} from '@agent-factory/sdk/bridge';
import type { frameKinds } from '../frames.ts';
import type { guestFetch } from './guest-fetch.ts';
import type { GuestLines } from './host-call.ts';

/** What the platform tells a plugin before its setup. */
export interface BootSettings {
  readonly plugin: { readonly id: string; readonly version: string };
  readonly platform: { readonly name: string; readonly kernelVersion: string; readonly role: string };
  readonly config: Record<string, unknown>;
  /** Requests it may make at once; more wait on its side. */
  readonly maxRequests: number;
  /** Lines of log it may send in a second; more are dropped on its side. */
  readonly logLines: number;
  /** Where secrets are in the configuration, and what stands for each. */
  readonly secrets: readonly (readonly [path: readonly string[], handle: string])[];
  /** Packed: `{ fetch, uses: { contract: provider }, all: { collection: contributions } }`. */
  readonly lent: string;
}

/** What the guest is made of, beside what it is given. */
export interface GuestParts extends PeerParts {
  readonly createPeer: typeof createPeer;
  readonly lineOf: typeof lineOf;
  readonly readLine: typeof readLine;
  readonly guestFetch: typeof guestFetch;
}

/** The numbers a guest knows. */
export interface GuestNumbers {
  readonly kinds: MessageKinds;
  readonly frames: typeof frameKinds;
  readonly timerDue: number;
}

/**
 * The guest's side: a peer, and the context a plugin's setup is handed. Function 1 boots the plugin and gives its
 * registrations, packed. It uses nothing from outside itself: its text runs in the guest's realm.
 */
export function guestMain(
  wake: () => void,
  numbers: GuestNumbers,
  parts: GuestParts,
  timers: { due(id: number): void },
  global: Record<string, unknown>,
): GuestLines {
  type Fn = (...args: unknown[]) => unknown;
  const { kinds, frames } = numbers;
  let lines = '';
  /** Whether the runner asks soon anyway. */
  let isAsked = false;
  const send = (kind: number, id: number, target: number, text: string): void => {
    if (lines === '' && !isAsked) wake();
    lines += parts.lineOf(kind, id, target, text);
  };

  // Kept here for the platform, which counts as well, to be spared what it would drop.
  let logLines = 100; // until it is told
  let second = 0;
  let written = 0;
  let dropped = 0;
  const levels = ['debug', 'info', 'warn', 'error'];
  const createLog = (bound: Record<string, unknown>): Record<string, Fn> => {
    const write = (level: number) => (message: unknown, fields: unknown) => {
      const now = Math.floor(Date.now() / 1000);
      if (now !== second) written = 0;
      second = now;
      if (written >= logLines) {
        dropped += 1;
        return;
      }
      written += 1;
      let text = JSON.stringify([String(message), bound]);
      try {
        text = JSON.stringify([String(message), { ...bound, ...Object(fields) }]);
      } catch {
        // Fields that are no JSON are left out.
      }
      send(frames.log, dropped, level, text.slice(0, 20_000));
      dropped = 0;
    };
    const log: Record<string, Fn> = Object.fromEntries(levels.map((name, level) => [name, write(level)]));
    return { ...log, child: (fields) => createLog({ ...bound, ...Object(fields) }) };
  };
  const log = createLog({});
  global['console'] = { ...log, log: log['info'], trace: log['debug'] };

  const controllerOf = global['AbortController'] as new () => ReturnType<Link['controller']>; // put there before
  let maxCalls = 1;
  const peer: Peer = parts.createPeer(
    {
      kinds,
      get maxCalls() {
        return maxCalls;
      },
      send,
      violated: (reason) =>
        log['error']?.(`The platform sent what the plugin's side does not know: ${reason}`),
      failure: (data) => Object.assign(new Error(data.message), data),
      controller: () => new controllerOf(),
      log,
      now: () => Date.now(),
      maxFunctions: 20_000,
      maxServing: 100_000,
      window: 16,
    },
    parts,
  );

  const secretOf = (handle: unknown): object => {
    const shown = (): string => '[redacted]';
    return { reveal: () => handle, toString: shown, toJSON: shown };
  };

  /** A secret cannot cross the bridge: its handle does, and is made what its contract says. */
  const secretStore = (store: { names: Fn; find: Fn }): object => ({
    names: store.names,
    find: async (...asked: unknown[]) => {
      const found = (await store.find(...asked)) as { handle: unknown; hosts: unknown } | undefined;
      return found && { value: secretOf(found.handle), hosts: found.hosts };
    },
  });

  const withSecrets = ({ config, secrets }: BootSettings): unknown => {
    for (const [path, handle] of secrets) {
      let at = config;
      for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>; // where the platform found it
      at[path.at(-1) ?? ''] = secretOf(handle);
    }
    return Object.freeze(config);
  };

  const boot = async (settings: BootSettings): Promise<string> => {
    const failed = global['__afFailed'] as Error | undefined; // or whatever the plugin threw
    if (failed !== undefined) throw failed;
    const exported = Object(global['__afPlugin']) as { default?: { setup?: Fn }; setup?: Fn };
    const plugin = typeof exported.setup === 'function' ? exported : exported.default;
    if (typeof plugin?.setup !== 'function')
      throw new Error('it has no default export with a setup function');
    maxCalls = settings.maxRequests;
    logLines = settings.logLines;
    const lent = peer.unpack(settings.lent) as {
      fetch(request: object): Promise<unknown>;
      uses: Record<string, unknown>;
      all: Record<string, unknown[]>;
    };
    const secrets = lent.uses['secret-store'] as { names: Fn; find: Fn } | undefined;
    if (secrets) lent.uses['secret-store'] = secretStore(secrets);
    Object.assign(
      global,
      parts.guestFetch((request) => lent.fetch(request), global as never),
    ); // set before
    const ending = new controllerOf();
    const effects: Fn[] = [];
    const registered = {
      provides: [] as unknown[],
      contributes: [] as unknown[],
      taps: [] as unknown[],
      health: [] as unknown[],
      serves: [] as unknown[],
    };
    const no = (what: string) => (): never => {
      throw Object.assign(new Error(`ctx.${what} is not there for isolated plugins.`), {
        code: 'AF_ISOLATION_UNSUPPORTED',
        fix: 'Do without it, or ask the operator to trust the plugin.',
      });
    };
    /** Not what every object has. */
    const own = <Value>(of: Record<string, Value>, { id }: { id: string }): Value | undefined =>
      Object.hasOwn(of, id) ? of[id] : undefined;
    const use = (contract: { id: string }): unknown => {
      const found = own(lent.uses, contract);
      if (found !== undefined) return found;
      throw Object.assign(new Error(`"${contract.id}" is not lent to this plugin.`), {
        code: 'AF_ISOLATION_NOT_LENT',
        fix: 'Ask for it in the manifest and let the operator grant it; docs/isolation.md lists what can be lent.',
      });
    };
    const ctx = {
      plugin: Object.freeze({ ...settings.plugin }),
      config: withSecrets(settings),
      log,
      signal: ending.signal,
      platform: Object.freeze({
        ...settings.platform,
        baseDir: '/',
        dataDir: '/',
        inspect: no('platform.inspect'),
      }),
      use,
      tryUse: (contract: { id: string }) => own(lent.uses, contract),
      all: (collection: { id: string }) => own(lent.all, collection) ?? [],
      provide: (contract: { id: string }, value: unknown) =>
        void registered.provides.push([contract.id, value]),
      contribute: (collection: { id: string }, value: unknown) =>
        void registered.contributes.push([collection.id, value]),
      tap: (hook: { id: string; mode?: string }, handler: Fn, options: object = {}) => {
        if (hook.mode === 'sync') no(`tap for the synchronous hook ${hook.id}`)();
        registered.taps.push([hook.id, handler, options]);
      },
      hook: no('hook'),
      validator: no('validator'),
      lease: no('lease'),
      own: (effect: unknown) => {
        const end =
          typeof effect === 'function' ? effect : (Object(effect) as Record<symbol, Fn>)[Symbol.asyncDispose];
        if (typeof end === 'function') effects.push(() => Reflect.apply(end, effect, []));
      },
      resource: async (_key: string, open: Fn, close: Fn) => {
        const value = await open();
        effects.push(() => close(value));
        return value;
      },
      health: (check: Fn) => void registered.health.push((info: { signal: unknown }) => check(info.signal)),
      serve: (start: Fn) => void registered.serves.push(async () => ({ stop: (await start()) ?? null })),
    };
    const dispose = async (): Promise<void> => {
      ending.abort();
      for (const end of effects.reverse()) await end();
    };
    await plugin.setup(ctx);
    return peer.pack({ ...registered, dispose });
  };
  peer.lend(boot as never); // called by the platform alone, with settings
  const take = (kind: number, id: number, target: number, text: string): void => {
    if (kind === numbers.timerDue) timers.due(id);
    else if (kind === frames.ping) send(frames.pong, id, 0, '');
    else peer.receive(kind, id, target, text);
  };
  return {
    get lines() {
      const said = lines;
      lines = '';
      isAsked = false;
      return said;
    },
    set lines(heard) {
      isAsked = true;
      for (let at = 0; at >= 0 && at < heard.length;) at = parts.readLine(heard, at, take);
    },
  };
}
