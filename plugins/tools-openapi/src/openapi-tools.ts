import type { ArtifactStore, SecretStore, ToolKind } from '@agent-factory/sdk/contracts';
import { createOutbound, type ResolveHost } from '@agent-factory/sdk/outbound';
import type { ToolsOpenApiConfig } from './config.ts';
import { createHttpKind } from './http-kind.ts';
import { createOpenApiKind } from './openapi-kind.ts';

/** What the kinds depend on. */
export interface OpenApiToolsOptions {
  readonly config: ToolsOpenApiConfig;
  readonly secrets?: SecretStore | undefined;
  readonly artifacts?: ArtifactStore | undefined;
  /** Where relative files start. */
  readonly baseDir: string;
  /** Finds the addresses of host names. Default: the system's resolver. */
  readonly resolve?: ResolveHost | undefined;
}

/** The kinds `openapi` and `http`, which reach public addresses and allowed hosts alone. */
export function createOpenApiTools(options: OpenApiToolsOptions): readonly ToolKind[] {
  const { config, secrets, artifacts, baseDir, resolve } = options;
  const { allowHosts, documentHosts, timeoutMs, maxDocumentBytes, maxResponseBytes, maxOperations } = config;
  const settings = { hosts: '"allowHosts" of tools-openapi', time: '"timeoutMs" of the registration' };
  const outbound = createOutbound({ allowHosts, settings, resolve });
  const parts = { outbound, secrets, artifacts, maxResponseBytes };
  const reader = { outbound, documentHosts, maxBytes: maxDocumentBytes, timeoutMs, baseDir };
  return [createOpenApiKind({ parts, reader, timeoutMs, maxOperations }), createHttpKind(parts, timeoutMs)];
}
