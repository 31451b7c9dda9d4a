import { AsyncResource } from 'node:async_hooks';
import { watchAbort } from './abort-watch.ts';
import { watchDeadline } from './deadline-ticker.ts';
import {
  clockTap,
  endRun,
  failRun,
  follow,
  survives,
  survivesTimeout,
  TapCall,
  type HookRun,
} from './hook-run.ts';
import type { HookParts } from './compiled-hook.ts';
import type { Tap } from './tap-order.ts';

/**
 * Taps called one after another: `series`, `waterfall` and `bail`. The platform's hottest code: one flat class,
 * its fields set in the constructor and two functions made for a whole run keep it as quick as a loop of `await`.
 */
export class SequentialRun implements HookRun {
  readonly parts: HookParts;
  readonly weight: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
  live: boolean;
  until: number;
  slot: number;
  private value: unknown;
  private at: number;
  private readonly timing: { begun: number } | undefined;
  private pending: TapCall;
  private readonly resolved: (answer: unknown) => void;
  private readonly rejected: (thrown: unknown) => void;
  /** The caller's async context, for hooks that go on after the ticker has taken a late tap off. */
  private readonly context: AsyncResource | undefined;

  constructor(
    parts: HookParts,
    value: unknown,
    at: number,
    weight: number,
    signal: AbortSignal | undefined,
    resolve: (result: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.parts = parts;
    this.weight = weight;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
    this.live = true;
    this.until = 0;
    this.slot = 0;
    this.value = value;
    this.at = at;
    this.timing = weight === 0 ? undefined : { begun: performance.now() };
    this.pending = new TapCall();
    this.resolved = (answer) => {
      if (!this.live) return;
      if (this.timing !== undefined) this.clock();
      this.at++;
      if (answer === undefined || answer === null || this.goesOnWith(answer)) this.start();
    };
    this.rejected = (thrown) => {
      if (this.live && this.passes(thrown)) this.start();
    };
    this.context = parts.hook.onError === 'isolate' ? new AsyncResource('AgentFactoryHook') : undefined;
    watchDeadline(this);
    if (signal !== undefined) watchAbort(signal, this);
  }

  get limitMs(): number {
    return this.parts.hook.timeoutMs;
  }

  start(): void {
    const { taps } = this.parts;
    while (this.at < taps.length) {
      const tap = taps[this.at] as Tap; // the loop's own bound
      tap.stats.calls++;
      this.until = 0;
      // A tap has a signal of its own once it asks for it; most never do, and share what they do not ask.
      if (this.pending.isAsked) this.pending = new TapCall();
      let answer: unknown;
      try {
        answer = tap.handler(this.value as never, this.pending); // checked where the plugin tapped the hook
        if (follow(answer, this.resolved, this.rejected)) return;
      } catch (thrown) {
        if (!this.live || !this.passes(thrown)) return;
        continue;
      }
      if (!this.live) return;
      if (this.timing !== undefined) this.clock();
      this.at++;
      if (answer !== undefined && answer !== null && !this.goesOnWith(answer)) return;
    }
    if (endRun(this)) this.resolve(this.parts.hook.kind === 'waterfall' ? this.value : undefined);
  }

  expire(): void {
    if (this.context === undefined) this.dropLate();
    else this.context.runInAsyncScope(this.dropLate, this);
  }

  abortPending(reason: unknown): void {
    this.pending.abort(reason);
  }

  /** The caller's signal aborted: nobody is to blame. */
  cancel(reason: unknown): void {
    failRun(this, reason);
  }

  /** Uses an answer that is one as the hook's kind says. Whether the run goes on. */
  private goesOnWith(answer: unknown): boolean {
    const { kind } = this.parts.hook;
    if (kind === 'waterfall') this.value = answer;
    else if (kind === 'bail' && endRun(this)) this.resolve(answer);
    return this.live;
  }

  /** Goes past a tap that failed, where the hook's policy lets the run go on. */
  private passes(thrown: unknown): boolean {
    const tap = this.clock();
    this.at++;
    return survives(this, tap, thrown);
  }

  private dropLate(): void {
    const tap = this.clock();
    if (!survivesTimeout(this, tap, this.pending)) return;
    // Whatever the late tap still says goes to this run, which ends here; another goes on in its place.
    const { parts, value, at, weight, signal, resolve, reject } = this;
    endRun(this);
    new SequentialRun(parts, value, at + 1, weight, signal, resolve, reject).start();
  }

  /** The tap being called; its time is added if this run is timed. */
  private clock(): Tap {
    const tap = this.parts.taps[this.at] as Tap; // a tap is being called, so `at` is one of them
    if (this.timing !== undefined) this.timing.begun = clockTap(this, tap, this.timing.begun);
    return tap;
  }
}
