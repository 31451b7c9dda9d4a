import type { JsonObject } from '../json.ts';
import type { Message } from './message.ts';

/** Where a run stands. The last three are final. */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** Tokens used. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Why something failed, as data a client can act on. */
export interface RunFailure {
  /** `AF_…` */
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly retryable: boolean;
}

/** Where a statement comes from. */
export interface Citation {
  /** File or page, as the tool names it; for files relative to the searched folder. */
  readonly source: string;
  /** First line, from 1. */
  readonly line?: number;
  /** Last line. */
  readonly endLine?: number;
  /** The words relied on. */
  readonly quote?: string;
}

/** A run, as its journal tells it. */
export interface Run {
  readonly id: string;
  readonly agent: string;
  readonly agentHash: string;
  readonly status: RunStatus;
  readonly input: readonly Message[];
  /** The answer, once succeeded. */
  readonly output?: string;
  readonly citations: readonly Citation[];
  readonly error?: RunFailure;
  /** What it waits for, while waiting. */
  readonly waitingFor?: string;
  readonly usage: Usage;
  /** Calls of the model so far. */
  readonly turns: number;
  readonly toolCalls: number;
  readonly metadata?: JsonObject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Number of the last event. */
  readonly lastSeq: number;
}
