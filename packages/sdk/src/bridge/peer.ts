import type { Link } from './link.ts';
import type { ErrorData } from './error-data.ts';
import type { createPacker, Packer } from './packer.ts';
import type { createStreams, Followed, Streams } from './streams.ts';
import type { createWatches, Watch } from './watches.ts';

/** An answer that is a value or a stream; whoever asks for it knows which. */
export type Answer = Promise<unknown> & AsyncIterable<unknown>;

/** How a call is made. */
export interface CallOptions {
  /** Milliseconds it may take; for a stream, until its beginning. */
  readonly deadlineMs: number;
  /** The error when it takes longer. */
  late(): Error;
  /** Told when it is over: it has failed, its value is there, or the streams in its value have ended. */
  over?(): void;
}

/** One end of a bridge: calls functions of the other side and answers calls of its own. */
export interface Peer extends Packer {
  /** Keeps a function the other side may call; its number. */
  lend(call: (...args: never[]) => unknown): number;
  /** Calls function `target` of the other side. A `signal` in an argument cancels it. */
  call(target: number, args: readonly unknown[], options?: CallOptions): Answer;
  /** Takes a message. */
  receive(kind: number, id: number, target: number, text: string): void;
  /** Fails what has been waiting too long; gives the milliseconds the oldest cancelled call has gone unanswered. */
  tick(): number;
  /** Ends everything that is under way with this error. */
  end(error: Error): void;
  /** How many calls of the other side are being answered. */
  readonly serving: number;
}

/** The parts a peer is made of; handed in, so that each runs as text in another realm. */
export interface PeerParts {
  readonly createPacker: typeof createPacker;
  readonly createStreams: typeof createStreams;
  readonly createWatches: typeof createWatches;
}

/** Makes a {@link Peer}. It uses nothing from outside itself, so that its text runs in another realm too. */
export function createPeer(link: Link, parts: PeerParts): Peer {
  interface Waiting {
    readonly resolve: (value: unknown) => void;
    readonly reject: (error: unknown) => void;
    readonly until: number;
    readonly options: CallOptions | undefined;
    readonly watch: Watch | undefined;
    /** When it was cancelled; what comes after that is dropped. */
    cancelledAt: number;
  }
  interface Serving {
    controller: ReturnType<Link['controller']> | undefined;
  }
  type Call = (...args: unknown[]) => unknown;
  const { kinds } = link;
  const functions = new Map<number, Call>();
  const calls = new Map<number, Waiting>();
  /** Calls that wait until fewer are under way, by their ids. */
  const backlog = new Map<number, () => void>();
  const serving = new Map<number, Serving>();
  let lastFunction = 0;
  let lastCall = 0;
  let cancelled = 0;
  let ended: Error | undefined;
  const registry =
    typeof FinalizationRegistry === 'undefined'
      ? undefined
      : new FinalizationRegistry<number>((number) => {
          if (!ended) link.send(kinds.release, 0, number, '');
        });

  const lend = (call: (...args: never[]) => unknown): number => {
    if (functions.size >= link.maxFunctions)
      throw new Error(`it holds more than ${link.maxFunctions} functions`);
    lastFunction += 1;
    functions.set(lastFunction, call as Call); // arguments come from the other side, whatever they are
    return lastFunction;
  };

  const failureOf = (text: string): Error => link.failure(Object(packer.parse(text)) as ErrorData);

  const streams: Streams = parts.createStreams(link, { packer: () => packer, failureOf });
  const packer: Packer = parts.createPacker({
    lend,
    stream: (source) => streams.offer(source),
    follow: (number) => streams.follow(number),
    borrow: (number, holder) => {
      registry?.register(holder, number);
      return (...args) => call(number, args);
    },
  });

  const fail = (one: Waiting, error: unknown): void => {
    one.reject(error);
    one.options?.over?.();
  };

  const settle = (id: number): Waiting | undefined => {
    const one = calls.get(id);
    if (!one) {
      link.violated(`it answered call ${id}, which was not asked`);
      return undefined;
    }
    calls.delete(id);
    const [next] = backlog.size > 0 ? backlog : [];
    if (next && backlog.delete(next[0])) next[1]();
    if (one.cancelledAt > 0) cancelled -= 1;
    if (one.watch) watches.leave(one.watch, id);
    return one.cancelledAt > 0 ? undefined : one;
  };

  const cancel = (id: number, one: Waiting, reason: unknown): void => {
    if (one.cancelledAt > 0 || calls.get(id) !== one) return;
    if (backlog.delete(id)) {
      calls.delete(id);
      if (one.watch) watches.leave(one.watch, id);
    } else {
      one.cancelledAt = link.now();
      cancelled += 1;
      link.send(kinds.cancel, id, 0, '');
    }
    fail(one, reason);
  };

  const watches = parts.createWatches((id, reason) => {
    const one = calls.get(id);
    if (one) cancel(id, one, reason);
  });

  async function* iterate(this: Promise<unknown>): AsyncGenerator<unknown> {
    yield* (await this) as AsyncIterable<unknown>;
  }

  const call = (target: number, args: readonly unknown[], options?: CallOptions): Answer => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const answer = promise as Answer; // given its iterator just below
    answer[Symbol.asyncIterator] = iterate;
    const { text, signal } = packer.packArguments(args);
    if (ended || signal?.aborted) {
      reject(ended ?? signal?.reason);
      options?.over?.();
      return answer;
    }
    const id = (lastCall = (lastCall % 0x7fffffff) + 1);
    const until = options ? link.now() + options.deadlineMs : Infinity;
    const watch = signal && watches.add(signal, id);
    const one: Waiting = { resolve, reject, until, options, watch, cancelledAt: 0 };
    calls.set(id, one);
    if (calls.size - backlog.size > (link.maxCalls ?? Infinity))
      backlog.set(id, () => link.send(kinds.call, id, target, text));
    else link.send(kinds.call, id, target, text);
    return answer;
  };

  const answered = (kind: number, id: number, text: string): void => {
    const waiting = calls.get(id);
    const one = settle(id);
    if (!one) {
      // The stream of an answer that comes too late is told that nobody reads it.
      if (waiting && kind === kinds.rich) streams.leave(packer.unpack(text));
      return;
    }
    try {
      if (kind === kinds.error) return fail(one, failureOf(text));
      const value = kind === kinds.rich ? packer.unpack(text) : text === '' ? undefined : packer.parse(text);
      if (kind === kinds.rich) followOn(one, streams.within(value));
      else one.options?.over?.();
      one.resolve(value);
    } catch (error) {
      fail(one, error); // nobody else knows of it any more
      throw error;
    }
  };

  /** A stream goes on after its call: what cancels the call ends it, and the call is over when it is. */
  const followOn = ({ watch, options }: Waiting, found: readonly Followed[]): void => {
    let open = found.length;
    if (open === 0) return options?.over?.();
    const signal = watch?.signal;
    for (const { cancel, whenOver } of found) {
      const onAbort = (): void => cancel(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      const over = (): void => void (--open === 0 && options?.over?.());
      whenOver(over, () => signal?.removeEventListener('abort', onAbort));
    }
  };

  const reply = (id: number, value: unknown): void => {
    const one = serving.get(id);
    if (!one || ended) return;
    let text: string;
    let kind: number = kinds.value;
    try {
      if (packer.isRich(value)) {
        kind = kinds.rich;
        text = packer.pack(value);
      } else text = JSON.stringify(value) ?? '';
    } catch (error) {
      return refuse(id, error);
    }
    serving.delete(id);
    link.send(kind, id, 0, text);
    link.serving?.(id, false);
  };

  const refuse = (id: number, error: unknown): void => {
    if (!serving.delete(id) || ended) return;
    link.send(kinds.error, id, 0, packer.packError(error));
    link.serving?.(id, false);
  };

  /** Awaits: calling `then` costs ten times as much in a realm that watches its promises. */
  const replyLater = async (id: number, result: unknown): Promise<void> => {
    try {
      reply(id, await result);
    } catch (error) {
      refuse(id, error);
    }
  };

  const serve = (id: number, target: number, text: string): void => {
    if (serving.has(id)) return link.violated(`it used the number ${id} for two calls`);
    if (serving.size >= link.maxServing)
      return link.violated(`it made more than ${link.maxServing} calls at once`);
    const run = functions.get(target);
    if (!run) return link.violated(`it called function ${target}, which was not lent`);
    const one: Serving = { controller: undefined };
    const parsed = packer.parse(text);
    let args: unknown[];
    if (Array.isArray(parsed)) args = parsed;
    else {
      const { m, a } = Object(parsed) as { m?: unknown; a?: unknown };
      if (!Array.isArray(m) || !Array.isArray(a)) return link.violated('its arguments are no list');
      args = a;
      const controller = (one.controller = link.controller());
      for (const index of m) {
        const arg = args[index as number] as Record<string, unknown> | undefined; // or whatever else was sent
        if (typeof arg !== 'object' || arg === null) continue;
        arg['signal'] = controller.signal;
        arg['log'] = link.log;
      }
    }
    serving.set(id, one);
    link.serving?.(id, true);
    try {
      const result = run(...args);
      if (typeof (result as { then?: unknown } | undefined)?.then === 'function') void replyLater(id, result);
      else reply(id, result);
    } catch (error) {
      refuse(id, error);
    }
  };

  return {
    ...packer,
    lend,
    call,
    receive(kind, id, target, text) {
      if (ended) return;
      try {
        if (kind === kinds.call) serve(id, target, text);
        else if (kind === kinds.value || kind === kinds.error || kind === kinds.rich)
          answered(kind, id, text);
        else if (kind === kinds.cancel)
          serving.get(id)?.controller?.abort(new Error('The call was cancelled.'));
        else if (kind === kinds.release) functions.delete(target);
        else if (!streams.receive(kind, id, target, text)) link.violated(`it sent a message of kind ${kind}`);
      } catch (error) {
        link.violated(`it sent what cannot be read: ${error instanceof Error ? error.message : 'no JSON'}`);
      }
    },
    tick() {
      watches.rest();
      const now = link.now();
      let oldest = 0;
      for (const [id, one] of calls) {
        if (one.cancelledAt > 0) oldest = Math.max(oldest, now - one.cancelledAt);
        else if (one.options && now >= one.until) cancel(id, one, one.options.late());
      }
      return cancelled > 0 ? oldest : 0;
    },
    end(error) {
      ended = error;
      watches.end();
      for (const one of calls.values()) if (one.cancelledAt === 0) fail(one, error);
      calls.clear();
      backlog.clear();
      for (const one of serving.values()) one.controller?.abort(error);
      serving.clear();
      functions.clear();
      streams.end(error);
    },
    get serving() {
      return serving.size;
    },
  };
}
