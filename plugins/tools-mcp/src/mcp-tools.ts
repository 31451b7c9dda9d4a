import type { ValidationProblem } from '@agent-factory/sdk';
import type { ArtifactStore, SecretStore, ToolKind } from '@agent-factory/sdk/contracts';
import { createOutbound } from '@agent-factory/sdk/outbound';
import type { ToolsMcpConfig } from './config.ts';
import { makeTransport } from './make-transport.ts';
import { McpConnection } from './mcp-connection.ts';
import { McpServerTools } from './mcp-server-tools.ts';
import { mcpSpecSchema, type McpSpec } from './mcp-spec.ts';

/** What the kind depends on. */
export interface McpToolsOptions {
  readonly config: ToolsMcpConfig;
  readonly secrets?: SecretStore | undefined;
  readonly artifacts?: ArtifactStore | undefined;
  /** Where programs start, and relative folders. */
  readonly baseDir: string;
}

const forHttp = ['secretHeaders', 'bearer', 'headers'];
const forPrograms = ['args', 'cwd', 'env', 'secretEnv'];

/** The kind `mcp`: the tools of MCP servers. */
export function createMcpTools({ config, secrets, artifacts, baseDir }: McpToolsOptions): ToolKind {
  const { allowHosts, connectMs, idleMs, maxTools, maxResultBytes: maxBytes } = config;
  const settings = { hosts: '"allowHosts" of tools-mcp', time: '"timeoutMs" of the registration' };
  const outbound = createOutbound({ allowHosts, settings });
  return {
    kind: 'mcp',
    description: 'The tools of an MCP server.',
    spec: mcpSpecSchema,
    example: { url: 'https://mcp.example.org/mcp', bearer: 'example_token' },
    async prepare(spec, { trusted }) {
      const problems: ValidationProblem[] = [];
      const [isHttp, isProgram] = [Object.hasOwn(spec, 'url'), Object.hasOwn(spec, 'command')];
      if (isHttp === isProgram)
        problems.push({
          path: isHttp ? '/command' : '/url',
          message: isHttp ? 'is given beside "url"' : 'is required',
          fix: 'Give "url" for a server over HTTP, or in the configuration "command" for one over stdio.',
        });
      if (isProgram && !trusted)
        problems.push({
          path: '/command',
          message: 'starts a program, which the configuration alone may',
          fix: 'Have the operator register it, or use a server over HTTP ("url").',
        });
      for (const key of isHttp ? forPrograms : forHttp)
        if (Object.hasOwn(spec, key) && isHttp !== isProgram)
          problems.push({ path: `/${key}`, message: `means nothing beside "${isHttp ? 'url' : 'command'}"` });
      return problems.length > 0 ? { problems } : { spec };
    },
    async open(given, { tenant, name, log }) {
      const spec = given as McpSpec; // it was prepared
      const connection = new McpConnection({
        name,
        log,
        connectMs,
        idleMs,
        makeTransport: () => makeTransport({ name, tenant, spec, outbound, secrets, baseDir, maxBytes, log }),
        onToolsChanged: () => tools.changed(),
      });
      const { timeoutMs } = config;
      const tools = new McpServerTools({
        name,
        spec,
        connection,
        artifacts,
        timeoutMs,
        connectMs,
        maxTools,
        log,
      });
      return tools;
    },
  };
}
