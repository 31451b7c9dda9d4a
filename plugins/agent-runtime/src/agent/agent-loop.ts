import { errors } from '../errors.ts';
import type { RunScope } from '../run/run-scope.ts';
import type { AgentState } from './agent-state.ts';
import { askModel } from './ask-model.ts';
import { callTools } from './call-tools.ts';
import { citationsUsed } from '../tool/citations.ts';
import type { LoadedAgent } from './load-agent.ts';

/** A run of an agent, while it is worked on. */
export type AgentScope = RunScope<LoadedAgent, AgentState>;

/**
 * Works on a run until it ends or waits. Each step follows from the run's state: it writes what it is about to do, does
 * it, and writes what came of it; events with no effect between them are written together.
 */
export async function workAsAgent(scope: AgentScope): Promise<void> {
  const { state } = scope;
  for (;;) {
    // Everything before this point is on its way into the journal, and nothing is in flight.
    scope.checkpoint();
    if (state.open > 0) {
      await callTools(scope);
      if (scope.progress.run.status === 'waiting') return;
    } else if (state.answer) {
      return succeed(scope, state.answer);
    } else {
      await askModel(scope);
    }
  }
}

function succeed(
  scope: AgentScope,
  { text, finishReason }: { readonly text: string; readonly finishReason: string },
): void {
  const { run } = scope.progress;
  if (finishReason === 'content_filter') throw errors.AF_RUN_ANSWER_FILTERED({});
  if (finishReason === 'length' && text === '') throw errors.AF_RUN_ANSWER_CUT({});
  const citations = citationsUsed(text, scope.state.citations);
  scope.emit('run.succeeded', { output: text, citations, usage: run.usage });
}
