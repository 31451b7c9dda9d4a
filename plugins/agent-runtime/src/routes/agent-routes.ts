import type { AgentRuntime, HttpRoute, Journal, RunReplay } from '@agent-factory/sdk/contracts';
import { agentSchema } from '@agent-factory/sdk/domain';
import { errorTable } from '../errors.ts';
import { agentToolsRoutes } from './agent-tools-routes.ts';
import { approveRun } from './approve-run.ts';
import { cancelRun } from './cancel-run.ts';
import { decideRun } from './decide-run.ts';
import { definitionRoutes } from './definition-routes.ts';
import { diffOfRuns } from './diff-of-runs.ts';
import { forgetMemory, type KeptMemories } from './forget-memory.ts';
import { forkRun } from './fork-run.ts';
import { getRun } from './get-run.ts';
import { graphRoutes } from './graph-routes.ts';
import { listRunEvents } from './list-run-events.ts';
import { listRuns } from './list-runs.ts';
import { listTools } from './list-tools.ts';
import { replayRun } from './replay-run.ts';
import { exampleAgent } from './route-schemas.ts';
import { sendToRun } from './send-to-run.ts';
import { startRun } from './start-run.ts';
import { streamRun } from './stream-run.ts';

/** The first-party API of agents and runs. */
export function agentRoutes(
  runtime: AgentRuntime,
  replay: RunReplay,
  journal: Journal,
  memories: KeptMemories,
): readonly HttpRoute[] {
  return [
    ...definitionRoutes(runtime, {
      kind: 'agent',
      plural: 'agents',
      title: 'Agent',
      schema: agentSchema,
      example: exampleAgent,
      unknown: { AF_AGENT_UNKNOWN: errorTable.AF_AGENT_UNKNOWN },
    }),
    ...agentToolsRoutes(runtime),
    ...graphRoutes(runtime),
    listTools(runtime),
    startRun(runtime),
    listRuns(runtime),
    getRun(runtime),
    listRunEvents(runtime, journal),
    streamRun(runtime),
    cancelRun(runtime),
    approveRun(runtime, journal),
    decideRun(runtime),
    sendToRun(runtime),
    replayRun(replay),
    forkRun(replay, journal),
    diffOfRuns(journal),
    forgetMemory(memories),
  ];
}
