import { AsyncResource } from 'node:async_hooks';
import { watchAbort } from './abort-watch.ts';
import { unwatchDeadline, watchDeadline } from './deadline-ticker.ts';
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

/** Dispatches of one hook at the same time that leave something to use again. */
const mostSpare = 16;
const nobody = (): void => {};

/**
 * Taps called one after another: `series`, `waterfall` and `bail`. The platform's hottest code: one flat class,
 * used again for dispatch after dispatch, with two functions made once: so it is as quick as a loop of `await`.
 */
export class SequentialRun implements HookRun {
  readonly parts: HookParts;
  /** Those of `parts`, one load nearer: it is felt on every tap. */
  private readonly taps: readonly Tap[];
  weight = 0;
  signal: AbortSignal | undefined = undefined;
  resolve: (result: unknown) => void = nobody;
  live = false;
  until = 0;
  slot = -1;
  private value: unknown = undefined;
  private at = 0;
  private timing: { begun: number } | undefined = undefined;
  private pending = new TapCall();
  /** The executor of the promise that the next dispatch settles; made once, as the two below. */
  readonly take: (resolve: (result: unknown) => void) => void;
  private readonly resolved: (answer: unknown) => void;
  private readonly rejected: (thrown: unknown) => void;
  /** The caller's async context, for hooks that go on after the ticker has taken a late tap off. */
  private context: AsyncResource | undefined = undefined;
  private readonly spare: SequentialRun[];

  /** `spare`: where it goes when all of its taps have answered, for the hook's next dispatch. */
  constructor(parts: HookParts, spare: SequentialRun[]) {
    this.parts = parts;
    this.taps = parts.taps;
    this.spare = spare;
    this.take = (resolve) => void (this.resolve = resolve);
    this.resolved = (answer) => {
      if (!this.live) return;
      if (this.timing !== undefined) this.clock();
      this.at++;
      if (answer === undefined || answer === null || this.goesOnWith(answer)) this.start();
    };
    this.rejected = (thrown) => {
      if (this.live && this.passes(thrown)) this.start();
    };
  }

  /** Calls the taps from place `at` on. */
  begin(value: unknown, at: number, weight: number, signal: AbortSignal | undefined): void {
    this.value = value;
    this.at = at;
    this.weight = weight;
    this.signal = signal;
    this.live = true;
    this.timing = weight === 0 ? undefined : { begun: performance.now() };
    if (this.parts.hook.onError === 'isolate') this.context = new AsyncResource('AgentFactoryHook');
    watchDeadline(this);
    if (signal !== undefined) watchAbort(signal, this);
    this.start();
  }

  /** By `resolve`: a function more to put into a run that is used again would cost as much as a tap. */
  reject(reason: unknown): void {
    this.resolve(Promise.reject(reason));
  }

  get limitMs(): number {
    return this.parts.hook.timeoutMs;
  }

  private start(): void {
    while (this.at < this.taps.length) {
      const tap = this.taps[this.at] as Tap; // the loop's own bound
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
    this.finish(this.parts.hook.kind === 'waterfall' ? this.value : undefined);
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
    if (kind !== 'bail') return true;
    this.finish(answer);
    return false;
  }

  /** Every tap that was called has answered, so that nothing of this dispatch can come any more. */
  private finish(result: unknown): void {
    if (!endRun(this)) return;
    const { resolve, spare } = this;
    this.value = this.signal = this.context = undefined;
    this.resolve = nobody;
    if (spare.length < mostSpare) spare.push(this);
    else unwatchDeadline(this);
    resolve(result);
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
    const { parts, spare, value, at, weight, signal, resolve } = this;
    endRun(this);
    const next = new SequentialRun(parts, spare);
    next.take(resolve);
    next.begin(value, at + 1, weight, signal);
  }

  /** The tap being called; its time is added if this run is timed. */
  private clock(): Tap {
    const tap = this.taps[this.at] as Tap; // a tap is being called, so `at` is one of them
    if (this.timing !== undefined) this.timing.begun = clockTap(this, tap, this.timing.begun);
    return tap;
  }
}
