import type { RunEventData } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { AgentScope } from './agent-loop.ts';

/** Hand-overs in one run. */
const mostHops = 16;

/** Emits that another agent goes on; throws AF_RUN_LIMIT_HANDOFFS when that happens too often. */
export function handOver(scope: AgentScope, handoff: RunEventData['handoff']): void {
  if (scope.state.hops >= mostHops) throw errors.AF_RUN_LIMIT_HANDOFFS({ max: mostHops });
  scope.emit('handoff', handoff);
}
