import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { chatRoute } from './chat/chat-route.ts';
import { modelRoutes } from './models.ts';
import { responsesRoute } from './responses/responses-route.ts';

/** Everything that OpenAI's clients ask for here. */
export function openaiRoutes(runtime: AgentRuntime): readonly HttpRoute[] {
  return [...modelRoutes(runtime), chatRoute(runtime), responsesRoute(runtime)];
}
