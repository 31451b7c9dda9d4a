import { AsyncResource } from 'node:async_hooks';
import type { TapInfo } from '@agent-factory/sdk';
import { unwatchAbort, type Abortable } from './abort-watch.ts';
import type { Deadlined } from './deadline-ticker.ts';
import type { HookParts } from './compiled-hook.ts';
import { tapFailed, tapTimedOut, tellFailure } from './tap-failure.ts';
import type { Tap } from './tap-order.ts';

/** What one tap is told in one call; its signal is made only when the tap asks for it. */
export class TapCall implements TapInfo {
  #state:
    | { readonly aborter: AbortController; readonly context: AsyncResource }
    | { readonly reason: unknown }
    | undefined;

  /** Whether a tap has asked for the signal. */
  get isAsked(): boolean {
    return this.#state !== undefined;
  }

  get signal(): AbortSignal {
    const state = this.#state;
    if (state !== undefined && 'aborter' in state) return state.aborter.signal;
    const aborter = new AbortController();
    // The context is the tap's own: there its abort listeners run, whoever wakes them.
    this.#state = { aborter, context: new AsyncResource('AgentFactoryTap') };
    if (state !== undefined) aborter.abort(state.reason);
    return aborter.signal;
  }

  /** Aborts the signal, also one that is asked for later. */
  abort(reason: unknown): void {
    const state = this.#state;
    if (state === undefined) this.#state = { reason };
    else if ('aborter' in state) state.context.runInAsyncScope(() => state.aborter.abort(reason));
  }
}

/** One dispatch of an asynchronous hook, from its call to its answer. All of its state is its own. */
export interface HookRun extends Deadlined, Abortable {
  readonly parts: HookParts;
  /** How much this dispatch's times count for; 0 when it is not timed. */
  readonly weight: number;
  /** False once the caller has its answer; whatever comes later is ignored. */
  live: boolean;
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Aborts the signals of the taps that have not answered. */
  abortPending(reason: unknown): void;
}

/** Ends a run, once; the ticker forgets it by itself. Whether it was still going. */
export function endRun(run: HookRun): boolean {
  if (!run.live) return false;
  run.live = false;
  if (run.signal !== undefined) unwatchAbort(run.signal, run);
  return true;
}

/** Ends a run without a result. */
export function failRun(run: HookRun, reason: unknown): void {
  if (!endRun(run)) return;
  run.reject(reason);
  run.abortPending(reason);
}

/** Deals with what a tap threw as the hook's policy says. Whether the run goes on. */
export function survives(run: HookRun, tap: Tap, thrown: unknown): boolean {
  return goesOn(run, tap, tapFailed(tap, thrown));
}

/** The same for a tap that missed its deadline; `call` is the late one. */
export function survivesTimeout(run: HookRun, tap: Tap, call: TapCall): boolean {
  const error = tapTimedOut(tap);
  goesOn(run, tap, error);
  call.abort(error);
  return run.live;
}

/** Adds the time of a call that began at `begun` to its tap. The time now. */
export function clockTap(run: HookRun, tap: Tap, begun: number): number {
  const now = performance.now();
  tap.stats.totalMs += (now - begun) * run.weight;
  tap.stats.samples++;
  return now;
}

function goesOn(run: HookRun, tap: Tap, error: unknown): boolean {
  if (run.parts.hook.onError === 'fail') failRun(run, error);
  else tellFailure(run.parts.report, tap, error);
  return run.live;
}

const nativeThen = Promise.prototype.then;

/**
 * Passes what a tap promised on to `resolved` or `rejected`: once, and never before this returns, however a
 * foreign promise behaves. False when `answer` is a plain value.
 */
export function follow(
  answer: unknown,
  resolved: (value: unknown) => void,
  rejected: (thrown: unknown) => void,
): boolean {
  if (answer === null || (typeof answer !== 'object' && typeof answer !== 'function')) return false;
  const { then } = answer as { readonly then?: unknown }; // any object may be asked for a property
  if (typeof then !== 'function') return false;
  // Whatever has the native `then` and is no promise throws here, and its tap is blamed.
  if (then === nativeThen) void (answer as Promise<unknown>).then(resolved, rejected);
  else void adopt(answer).then(resolved, rejected);
  return true;
}

// Apart from `follow`, so that no closure costs the fast path.
function adopt(foreign: unknown): Promise<unknown> {
  return new Promise((resolve) => resolve(foreign));
}
