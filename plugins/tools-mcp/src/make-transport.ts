import { isAbsolute, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@agent-factory/sdk';
import { secretErrors, type SecretStore } from '@agent-factory/sdk/contracts';
import type { Outbound } from '@agent-factory/sdk/outbound';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { McpTransport } from './mcp-connection.ts';
import type { McpSpec } from './mcp-spec.ts';

const leaveMs = 2_000;
/** Characters of what a program says that are logged at a time. */
const mostLogged = 2_000;

/** What transports need. */
export interface TransportOptions {
  readonly name: string;
  readonly tenant: string;
  readonly spec: McpSpec;
  readonly outbound: Outbound;
  readonly secrets: SecretStore | undefined;
  readonly baseDir: string;
  readonly maxBytes: number;
  readonly log: Logger;
}

/** A transport to the server of a registration: a program of its own, or requests over HTTP. */
export function makeTransport(options: TransportOptions): Promise<McpTransport> {
  return options.spec.command === undefined ? overHttp(options) : overStdio(options, options.spec.command);
}

async function overStdio(options: TransportOptions, command: string): Promise<McpTransport> {
  const { name, tenant, spec, secrets, baseDir, maxBytes, log } = options;
  const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
  const env: Record<string, string> = { ...spec.env };
  for (const [variable, secret] of Object.entries(spec.secretEnv ?? {})) {
    const found = await secrets?.find(tenant, secret);
    if (!found) throw secretErrors.AF_SECRET_UNKNOWN({ name: secret });
    env[variable] = found.value.reveal();
  }
  const cwd = spec.cwd === undefined ? baseDir : isAbsolute(spec.cwd) ? spec.cwd : resolve(baseDir, spec.cwd);
  const args = [...(spec.args ?? [])];
  // Beside these it gets PATH, HOME and a few more that every program needs, and nothing else of ours.
  const transport = new StdioClientTransport({
    command,
    args,
    env,
    cwd,
    stderr: 'pipe',
    maxBufferSize: maxBytes,
  });
  transport.stderr?.on('data', (chunk: Buffer) => {
    log.debug('an MCP server says', { server: name, text: chunk.toString('utf8', 0, mostLogged).trimEnd() });
  });
  return { transport };
}

async function overHttp({
  spec,
  tenant,
  outbound,
  secrets,
  maxBytes,
}: TransportOptions): Promise<McpTransport> {
  const { StreamableHTTPClientTransport } =
    await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const transport = new StreamableHTTPClientTransport(new URL(spec.url ?? ''), {
    fetch: createGuardedFetch({ outbound, secrets, tenant, spec, maxBytes }),
  });
  return {
    transport,
    leave: async () => {
      const waiting = new AbortController();
      const patience = sleep(leaveMs, undefined, { signal: waiting.signal }).catch(() => {});
      await Promise.race([transport.terminateSession().catch(() => {}), patience]);
      waiting.abort();
    },
  };
}
