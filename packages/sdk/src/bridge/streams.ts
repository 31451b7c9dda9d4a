import type { Link } from './link.ts';
import type { Packer } from './packer.ts';

/** A stream of the other side. */
export interface Followed extends AsyncIterable<unknown> {
  cancel(reason: unknown): void;
  /** Calls back once the other side has ended it or nobody reads it any more, and once it has been read or left. */
  whenOver(over: () => void, read: () => void): void;
}

/** The streams of one peer: those it sends and those it reads. */
export interface Streams {
  /** Keeps a stream for the other side to read; its number. */
  offer(source: AsyncIterable<unknown>): number;
  /** The stream of that number on the other side. It may be read once; left lying, it is closed some time. */
  follow(number: number): Followed;
  /** The streams of the other side that a value is or holds. */
  within(value: unknown): readonly Followed[];
  /** Tells the other side that nobody reads those. */
  leave(value: unknown): void;
  /** Takes a message of the kinds pull, item, end and close; false for any other. */
  receive(kind: number, id: number, target: number, text: string): boolean;
  /** Ends everything: readers get the error. */
  end(error: Error): void;
}

/** What {@link createStreams} needs of its peer. */
export interface StreamsOptions {
  readonly packer: () => Packer;
  failureOf(text: string): Error;
}

/** Makes {@link Streams}. It uses nothing from outside itself, so that its text runs in another realm too. */
export function createStreams(link: Link, options: StreamsOptions): Streams {
  interface Sent {
    readonly iterator: AsyncIterator<unknown>;
    credits: number;
    busy: boolean;
  }
  interface Read {
    readonly items: unknown[];
    owed: number;
    over: boolean;
    error: Error | undefined;
    wake: (() => void) | undefined;
    told: (() => void) | undefined;
    drained: (() => void) | undefined;
  }
  const { kinds, window } = link;
  const sent = new Map<number, Sent>();
  const read = new Map<number, Read>();
  let last = 0;

  const left =
    typeof FinalizationRegistry === 'undefined'
      ? undefined
      : new FinalizationRegistry<() => void>((leave) => leave());

  /** Made apart from readers, so that it keeps none of them: one that is left lying is noticed. */
  const handle = (
    id: number,
    one: Read,
  ): Pick<Followed, 'cancel' | 'whenOver'> & { leave(error?: Error): void } => {
    const leave = (error?: Error): void => {
      if (one.over && one.items.length === 0) return;
      one.items.length = 0;
      if (one.over) one.error = error;
      else {
        link.send(kinds.close, id, 0, '');
        finish(one, error);
      }
      one.drained?.();
    };
    return {
      leave,
      cancel: (reason) => leave(reason instanceof Error ? reason : new Error(String(reason))),
      whenOver: (over, drained) => {
        if (one.over) over();
        else one.told = over;
        one.drained = drained;
      },
    };
  };

  const finish = (one: Read, error?: Error): void => {
    if (one.over) return;
    one.over = true;
    one.error = error;
    one.wake?.();
    one.told?.();
  };

  const pump = async (id: number, one: Sent): Promise<void> => {
    if (one.busy) return;
    one.busy = true;
    try {
      while (one.credits > 0 && sent.get(id) === one) {
        const { done, value } = await one.iterator.next();
        if (sent.get(id) !== one) return;
        if (done) {
          sent.delete(id);
          link.send(kinds.end, id, 0, '');
          return;
        }
        one.credits -= 1;
        link.send(kinds.item, id, 0, JSON.stringify(value) ?? 'null');
      }
    } catch (error) {
      if (sent.get(id) !== one) return;
      sent.delete(id);
      link.send(kinds.end, id, 0, options.packer().packError(error));
    } finally {
      one.busy = false;
    }
  };

  const stop = (id: number): void => {
    const one = sent.get(id);
    if (!one) return;
    sent.delete(id);
    // What the source does when it is left is its own affair.
    void Promise.resolve(one.iterator.return?.()).catch(() => {});
  };

  const arrived = (kind: number, id: number, text: string): void => {
    const one = read.get(id);
    if (!one) return link.violated(`it sent a piece of stream ${id}, which nobody reads`);
    if (kind === kinds.end) {
      read.delete(id);
      finish(one, text === '' ? undefined : options.failureOf(text));
    } else if (one.owed <= 0) return link.violated(`it sent more of stream ${id} than was asked for`);
    else if (!one.over) {
      one.owed -= 1;
      one.items.push(options.packer().parse(text));
    } else one.owed -= 1; // was under way when its reader left
    one.wake?.();
  };

  const within = (value: unknown): Followed[] =>
    [value, ...(typeof value === 'object' && value !== null ? Object.values(value) : [])].filter(
      (part): part is Followed =>
        typeof (part as Partial<Followed> | null | undefined)?.cancel === 'function' &&
        Symbol.asyncIterator in Object(part),
    );

  return {
    within,
    leave(value) {
      for (const stream of within(value)) stream.cancel(new Error('nobody reads it'));
    },
    offer(source) {
      last += 1;
      sent.set(last, { iterator: source[Symbol.asyncIterator](), credits: 0, busy: false });
      return last;
    },
    follow(id) {
      if (read.has(id)) link.violated(`it gave stream ${id} twice`);
      const one: Read = {
        items: [],
        owed: 0,
        over: false,
        error: undefined,
        wake: undefined,
        told: undefined,
        drained: undefined,
      };
      read.set(id, one);
      const { leave, cancel, whenOver } = handle(id, one);
      const next = async (): Promise<IteratorResult<unknown>> => {
        for (;;) {
          if (one.items.length > 0) return { done: false, value: one.items.shift() };
          if (one.over) {
            const { error } = one;
            one.error = undefined;
            one.drained?.();
            if (error) throw error;
            return { done: true, value: undefined };
          }
          if (one.owed === 0) {
            one.owed = window;
            link.send(kinds.pull, id, window, '');
          }
          await new Promise<void>((resolve) => {
            one.wake = resolve;
          });
        }
      };
      const iterator: AsyncIterator<unknown> = {
        next,
        return: async () => {
          leave();
          return { done: true, value: undefined };
        },
      };
      left?.register(iterator, leave);
      return { [Symbol.asyncIterator]: () => iterator, cancel, whenOver };
    },
    receive(kind, id, target, text) {
      if (kind === kinds.item || kind === kinds.end) arrived(kind, id, text);
      else if (kind === kinds.close) {
        if (!sent.has(id)) return true; // its end is on its way
        stop(id);
        link.send(kinds.end, id, 0, '');
      } else if (kind === kinds.pull) {
        const one = sent.get(id);
        if (!one) return true; // it ended meanwhile
        if (target < 1 || one.credits + target > window)
          link.violated(`it asked for too much of stream ${id}`);
        else {
          one.credits += target;
          void pump(id, one);
        }
      } else return false;
      return true;
    },
    end(error) {
      for (const id of sent.keys()) stop(id); // a Map may lose keys meanwhile
      for (const one of read.values()) finish(one, error);
      read.clear();
    },
  };
}
