import type { SqlStatement } from '@agent-factory/sdk/contracts';
import type { RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import type { AgentScope } from '../agent/agent-loop.ts';
import type { AgentState } from '../agent/agent-state.ts';
import type { LoadedAgent } from '../agent/load-agent.ts';
import type { RunEffects } from '../run/run-effects.ts';
import type { RunProgress } from '../run/run-progress.ts';
import type { Stop } from '../run/run-scope.ts';
import type { RouterScope } from './router-executor.ts';

/** A router's run as the agent sees it that answers just now. */
export class AgentView implements AgentScope {
  readonly tenant: string;
  readonly loaded: LoadedAgent;
  readonly progress: RunProgress;
  readonly state: AgentState;
  readonly effects: RunEffects;
  readonly signal: AbortSignal;
  readonly #scope: RouterScope;

  constructor(scope: RouterScope, loaded: LoadedAgent) {
    this.#scope = scope;
    this.loaded = loaded;
    this.state = scope.state.agent;
    this.tenant = scope.tenant;
    this.progress = scope.progress;
    this.effects = scope.effects;
    this.signal = scope.signal;
  }

  get stop(): Stop | undefined {
    return this.#scope.stop;
  }

  emit<Type extends RunEventType>(type: Type, data: RunEventData[Type], written?: string): void {
    this.#scope.emit(type, data, written);
  }

  writeAlong(statements: readonly SqlStatement[]): void {
    this.#scope.writeAlong(statements);
  }

  commit(): Promise<void> {
    return this.#scope.commit();
  }

  commitSoon(): Promise<void> {
    return this.#scope.commitSoon();
  }

  check(): void {
    this.#scope.check();
  }

  checkpoint(): void {
    this.#scope.checkpoint();
  }

  guard<T>(work: Promise<T>): Promise<T> {
    return this.#scope.guard(work);
  }

  onStop(listener: () => void): () => void {
    return this.#scope.onStop(listener);
  }

  outside(): Promise<void> {
    return this.#scope.outside();
  }
}
