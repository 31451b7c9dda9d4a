import type { Logger, PluginContext } from '@agent-factory/sdk';
import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { cardRoutes } from './card/card-routes.ts';
import type { HttpA2aConfig } from './config.ts';
import { rpcRoute } from './rpc/rpc-route.ts';

/** What the door stands on. */
export interface A2aParts {
  readonly runtime: AgentRuntime;
  readonly config: HttpA2aConfig;
  /** Of the platform; cards need one. */
  readonly version: string;
  /** Whether somebody must prove who they are. */
  readonly hasLogin: boolean;
  readonly validator: PluginContext['validator'];
  /** Is told what nobody foresaw. */
  readonly log: Logger;
}

/** The routes of the door. */
export function a2aRoutes(parts: A2aParts): readonly HttpRoute[] {
  return [...cardRoutes(parts), rpcRoute(parts)];
}
