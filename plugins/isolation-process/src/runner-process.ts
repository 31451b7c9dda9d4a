import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  createPeer,
  lineOf,
  messageKinds,
  peerParts,
  readLine,
  type Link,
  type Peer,
} from '@agent-factory/sdk/bridge';
import type { Limits } from './config.ts';
import { frameKinds, insteadOf, LineJoiner } from './frames.ts';
import { launchOf, type RunnerPlan } from './launch/command.ts';
import { endLaunch, spawnLaunch } from './launch/spawn-launch.ts';
import { giveWay } from './process-priority.ts';
import { innermost, usageOf } from './process-usage.ts';

const watchMs = 100;
const startMs = 30_000;
/** Milliseconds a process may leave a cancelled call unanswered. */
const graceMs = 2000;
/** Messages of its own accord a process may send in a second, and at once. */
const messagesPerSecond = 5000;
/** What a line of log counts for that is dropped: the plugin's side sends no more than are let through. */
const droppedLineCosts = 10;
/** What the other side has asked for, and so has bounded; anything else is of the process's own accord. */
const { value, rich, error, item, end } = messageKinds;
const askedFor: ReadonlySet<number> = new Set([value, rich, error, item, end]);
const stderrBytes = 16_384;
/**
 * From how many milliseconds of processor time, between two looks or without a pause, a process gives way to its
 * neighbours, by how much, and from how few it no longer does.
 */
const [computingMs, computingNice, restingMs] = [50, 5, 10];

/** Whose process it is now, and what is to be done with what it sends. */
export interface RunnerOwner {
  failure: Link['failure'];
  /** A line, and how many were dropped before it; whether it was let through. */
  log(level: number, text: string, dropped: number): boolean;
  /** The process has ended; the reason, as a clause. */
  ended(reason: string): void;
}

/** One child process that can run one plugin, watched from outside. */
export class RunnerProcess {
  readonly level: RunnerPlan['level'];
  readonly peer: Peer;
  /** Resolves when it can take a plugin; rejects with a sentence when it cannot be started. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #joiner: LineJoiner;
  readonly #limits: Limits;
  readonly #watch: NodeJS.Timeout;
  readonly #start: NodeJS.Timeout;
  #owner: RunnerOwner | undefined;
  #isReady: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #reason: string | undefined;
  #stderr = '';
  /** What goes out together, once those who speak now have spoken. */
  #outgoing = '';
  #isGathering = false;
  /** What has been read and not taken: where its next line begins. */
  #incoming = '';
  #at = 0;
  #isHeld = false;
  #pid = 0;
  #own = messagesPerSecond;
  /** Processor time at the last look, and when the ping was sent that has not been answered. */
  #cpuMs = 0;
  #pinged: { readonly cpuMs: number } | undefined;
  #givesWay = false;

  constructor(plan: RunnerPlan, limits: Limits) {
    this.level = plan.level;
    this.#limits = limits;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#fail = reject;
    });
    this.ready.catch(() => {}); // told to whoever takes it
    this.#child = spawnLaunch(launchOf(plan));
    this.#pipe = this.#child.stdio[3] as Duplex; // a pipe, as asked for
    this.#joiner = new LineJoiner(limits.maxMessageBytes + 1024);
    this.peer = createPeer(
      {
        kinds: messageKinds,
        send: (kind, id, target, text) => this.#send(kind, id, target, text),
        violated: (reason) => this.kill(reason),
        failure: (data) => this.#owner?.failure(data) ?? new Error(data.message),
        controller: () => new AbortController(),
        now: () => performance.now(),
        maxFunctions: 10_000,
        maxServing: limits.maxRequests * 4,
        window: 16,
        serving: () => this.#hold(),
      },
      peerParts,
    );
    this.#listen();
    this.#watch = setInterval(() => this.#look(), watchMs);
    this.#watch.unref();
    this.#start = setTimeout(() => this.kill('it was not ready in time'), startMs);
    this.#start.unref();
  }

  /** The process that runs the plugin's code, inside its wrappers. */
  get pid(): number {
    return this.#pid;
  }

  /** Whether it has ended or is about to. */
  get isOver(): boolean {
    return this.#reason !== undefined;
  }

  /** Resolves once it has ended and its pipes are closed. */
  async over(): Promise<void> {
    await once(this.#child, 'close').catch(() => {}); // it could not be started
  }

  /** Gives it to a plugin: its code goes over. */
  take(owner: RunnerOwner, code: string): void {
    this.#owner = owner;
    this.#send(frameKinds.boot, 0, 0, JSON.stringify(code));
  }

  /** Ends it at once; the reason is told to its owner, as a clause. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.#stopTimers();
    endLaunch(this.#child, this.#pid);
  }

  #stopTimers(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#start);
  }

  #listen(): void {
    this.#pipe.on('data', (piece: Buffer) => {
      const lines = this.#joiner.push(piece, piece.length);
      if (lines === undefined)
        return this.kill(`it sent a message of more than ${this.#limits.maxMessageBytes} bytes`);
      this.#incoming = this.#incoming.slice(this.#at) + lines;
      this.#at = 0;
      this.#read();
    });
    this.#pipe.on('error', () => {});
    this.#child.stderr?.on('data', (piece: Buffer) => {
      this.#stderr += piece.toString('utf8');
      if (this.#stderr.length > stderrBytes) this.#child.stderr?.destroy();
    });
    this.#child.on('error', (error) => this.#over(error.message));
    this.#child.on('exit', (code, signal) => this.#over(this.#exitReason(code, signal)));
  }

  #exitReason(code: number | null, signal: string | null): string {
    if (/heap out of memory|out of memory/i.test(this.#stderr)) return 'it used more memory than it may';
    const lines = this.#stderr.trim().split('\n');
    const last = (lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1))?.slice(0, 300);
    return `it ended ${signal ? `by ${signal}` : `with code ${code}`}${last ? ` (${last})` : ''}`;
  }

  #over(reason: string): void {
    this.#stopTimers();
    this.#reason ??= reason;
    this.#fail?.(new Error(this.#reason));
    this.#pipe.destroy();
    this.#owner?.ended(this.#reason);
    this.#owner = undefined;
  }

  #send(kind: number, id: number, target: number, text: string): void {
    if (this.isOver) return;
    const { maxMessageBytes } = this.#limits;
    if (text.length * 3 > maxMessageBytes && kind !== frameKinds.boot) {
      const bytes = Buffer.byteLength(text);
      const other = bytes > maxMessageBytes ? insteadOf(kind, bytes, maxMessageBytes) : undefined;
      if (other?.back) return queueMicrotask(() => this.peer.receive(other.kind, id, 0, other.text));
      if (other) return this.#send(other.kind, id, 0, other.text);
    }
    const line = lineOf(kind, id, target, text);
    if (this.#isGathering) this.#outgoing += line;
    else {
      // The first goes out at once; what follows in the same turn goes together.
      this.#isGathering = true;
      process.nextTick(this.#flush);
      this.#pipe.write(line);
    }
  }

  readonly #flush = (): void => {
    const lines = this.#outgoing;
    this.#outgoing = '';
    this.#isGathering = false;
    if (lines !== '' && !this.isOver) this.#pipe.write(lines);
  };

  #read(): void {
    while (this.#at < this.#incoming.length && !this.#isHeld && !this.isOver) {
      const next = readLine(this.#incoming, this.#at, this.#take);
      if (next < 0) return this.kill('it sent what cannot be read');
      this.#at = next;
    }
  }

  readonly #take = (kind: number, id: number, target: number, text: string): void => {
    this.#receive(kind, id, target, text);
  };

  #receive(kind: number, id: number, target: number, text: string): void {
    if (this.isOver) return;
    if (kind === frameKinds.ready) {
      if (this.#pid > 0) return this.kill('it said twice that it is ready');
      clearTimeout(this.#start);
      this.#pid = innermost(this.#child.pid ?? 0);
      this.#isReady?.();
    } else if (kind === frameKinds.pong) this.#pinged = undefined;
    else {
      if (!askedFor.has(kind)) this.#own -= 1;
      if (kind !== frameKinds.log) this.peer.receive(kind, id, target, text);
      else if (this.#owner?.log(target, text, id) === false) this.#own -= droppedLineCosts;
      this.#hold();
    }
  }

  /**
   * Back-pressure: what asks too much is not read until it has had its answers, or its second is over. A plugin's side
   * of the bridge asks for no more than it may: with all of that under way, its answers are still read.
   */
  #hold(): void {
    const isTooMuch = this.peer.serving > this.#limits.maxRequests || this.#own <= 0;
    if (isTooMuch === this.#isHeld) return;
    this.#isHeld = isTooMuch;
    if (isTooMuch) this.#pipe.pause();
    else {
      this.#pipe.resume();
      process.nextTick(() => this.#read());
    }
  }

  #look(): void {
    if (this.#pid === 0) return;
    if (this.#own < messagesPerSecond) {
      this.#own = Math.min(messagesPerSecond, this.#own + (messagesPerSecond * watchMs) / 1000);
      this.#hold();
    }
    if (this.peer.tick() > graceMs) return this.kill('it went on with a call that had been cancelled');
    const usage = usageOf(this.#pid);
    const cpuMs = usage?.cpuMs ?? performance.now(); // where nothing can be measured, time is all there is
    if (usage && usage.rss > this.#limits.memoryMiB * 1_048_576)
      return this.kill(`it used more than ${this.#limits.memoryMiB} MiB of memory`);
    if (usage && this.#cpuMs > 0) this.#weigh(cpuMs - (this.#pinged?.cpuMs ?? this.#cpuMs));
    if (this.#pinged) {
      const limit = usage ? this.#limits.busyMs : this.#limits.busyMs * 5;
      if (cpuMs - this.#pinged.cpuMs > limit) this.kill(`it computed for ${limit} ms without a pause`);
    } else if (cpuMs !== this.#cpuMs) {
      this.#pinged = { cpuMs };
      this.#send(frameKinds.ping, 0, 0, '');
    }
    this.#cpuMs = cpuMs;
  }

  #weigh(usedMs: number): void {
    const givesWay = usedMs >= computingMs || (this.#givesWay && usedMs > restingMs);
    if (givesWay === this.#givesWay) return;
    if (giveWay(this.#pid, givesWay ? computingNice : 0)) this.#givesWay = givesWay;
  }
}
