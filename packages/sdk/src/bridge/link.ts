import type { ErrorData } from './error-data.ts';

/**
 * What a message between two peers is for. A message is a kind, two numbers and a text; the numbers mean what the
 * kind says.
 */
export interface MessageKinds {
  /** Calls function `target`; the text is the list of arguments. `id` is the caller's, for the answer. */
  readonly call: 1;
  /** The answer to call `id`: JSON, or nothing. */
  readonly value: 2;
  /** The answer to call `id`, with functions or a stream in it. */
  readonly rich: 3;
  /** Call `id` failed. */
  readonly error: 4;
  /** Nobody waits for call `id` any more. */
  readonly cancel: 5;
  /** `target` more pieces of stream `id` may be sent. */
  readonly pull: 6;
  /** A piece of stream `id`. */
  readonly item: 7;
  /** Stream `id` has ended; the text is the error, if it ended by one. */
  readonly end: 8;
  /** Nobody reads stream `id` any more. */
  readonly close: 9;
  /** Function `target` will not be called again. */
  readonly release: 10;
}

/** The numbers of {@link MessageKinds}. */
export const messageKinds: MessageKinds = {
  call: 1,
  value: 2,
  rich: 3,
  error: 4,
  cancel: 5,
  pull: 6,
  item: 7,
  end: 8,
  close: 9,
  release: 10,
};

/** How a peer reaches the other one, and what it allows. */
export interface Link {
  readonly kinds: MessageKinds;
  send(kind: number, id: number, target: number, text: string): void;
  /** The other side broke the rules: the reason, as a clause. Whoever owns the link ends it. */
  violated(reason: string): void;
  /** The error a call or stream fails with here, from what the other side said. */
  failure(data: ErrorData): Error;
  /** Makes what cancels the work behind a call. */
  controller(): { readonly signal: AbortSignal; abort(reason?: unknown): void };
  /** Put into an argument where the caller had its logger. */
  readonly log?: unknown;
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Functions that may be lent at once. */
  readonly maxFunctions: number;
  /** Calls of this side that may be under way at once; more wait here. Default: any number. */
  readonly maxCalls?: number;
  /** Calls from the other side that may be answered at once; more break the rules. */
  readonly maxServing: number;
  /** Pieces of a stream that may be under way. */
  readonly window: number;
  /** Told when a call from the other side begins (its arguments as sent) and when it has been answered. */
  serving?(id: number, began: boolean): void;
}
