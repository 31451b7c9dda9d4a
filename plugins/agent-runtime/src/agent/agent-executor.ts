import { agentSchema, type AgentDefinition } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { nextModel, noModel } from '../model/model-choice.ts';
import type { RunExecutor } from '../run/run-executor.ts';
import type { ConversationReader } from '../run/conversation-input.ts';
import { workAsAgent } from './agent-loop.ts';
import { advance, firstState, type AgentState } from './agent-state.ts';
import { checkAgent } from './check-agent.ts';
import { loadAgent, type AgentSurroundings, type LoadedAgent } from './load-agent.ts';

/** What agents are executed with. */
export interface AgentExecutorParts extends AgentSurroundings {
  readonly readInput: ConversationReader;
}

/** Creates what executes agents. */
export function createAgentExecutor(parts: AgentExecutorParts): RunExecutor<LoadedAgent, AgentState> {
  const { models, readInput } = parts;
  return {
    kind: 'agent',
    schema: agentSchema,
    check: (definition, tenant, known) => checkAgent(definition as AgentDefinition, tenant, known, parts),
    invalid: (problems) => errors.AF_AGENT_INVALID({ count: problems.length, list: problems.join('\n') }),
    unknown: (agent, mend) => errors.AF_AGENT_UNKNOWN({ agent, mend }),
    // Definitions were checked against their schema when they were taken in.
    load: (definition, subject, tenant) => loadAgent(definition as AgentDefinition, subject, tenant, parts),
    assertReady({ choices, subject }) {
      if (!nextModel(choices, models, 0)) throw noModel(subject.name, choices, models);
    },
    inputOf: (_loaded, input) => readInput(input),
    begin: firstState,
    advance: (state, event, _progress, written) => advance(state, event, written),
    work: workAsAgent,
  };
}
