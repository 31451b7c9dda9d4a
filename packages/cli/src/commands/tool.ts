import { readFileSync } from 'node:fs';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  changeAgentTools,
  ToolRegistry,
  type AgentToolsChange,
  type TenantToolRegistry,
} from '@agent-factory/sdk/contracts';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';

/** Options of the commands about one tenant's tools. */
export interface TenantOptions extends CommonOptions {
  readonly tenant: string;
  /** Print JSON. */
  readonly json?: boolean;
}

/** Options of `agent-factory tool register`. */
export interface RegisterOptions extends TenantOptions {
  readonly openapi?: string;
  readonly mcp?: string;
  readonly kind?: string;
  readonly spec?: string;
  readonly server?: string;
  readonly include?: readonly string[];
  readonly auth?: readonly string[];
  readonly secretHeader?: readonly string[];
}

/** `agent-factory tool list`: the registrations and their tools. */
export async function listTools(options: TenantOptions): Promise<void> {
  const all = await withTools(options, (tools) => tools.list());
  if (options.json) return print(JSON.stringify(all, null, 2));
  if (all.length === 0) return print('No tools are registered. "agent-factory tool register" does it.');
  const rows = all.map(({ name, kind, version, origin, tools, problem }) => [
    name,
    kind,
    String(version),
    origin,
    problem === undefined ? tools.join(', ') : `cannot be had now: ${problem}`,
  ]);
  for (const line of table([['NAME', 'KIND', 'VERSION', 'FROM', 'TOOLS'], ...rows])) print(line);
}

/** `agent-factory tool show <name>`: a registration as JSON. */
export async function showTool(
  name: string,
  options: TenantOptions & { readonly version?: string },
): Promise<void> {
  const version = options.version === undefined ? undefined : Number(options.version);
  if (version !== undefined && !(Number.isSafeInteger(version) && version > 0))
    throw errors.AF_CLI_INPUT_INVALID({
      what: '--version',
      reason: 'it is no number from 1',
      mend: 'Give one.',
    });
  const found = await withTools(options, (tools) =>
    tools.get(name, version === undefined ? {} : { version }),
  );
  if (!found) throw errors.AF_CLI_TOOL_UNKNOWN({ name });
  print(JSON.stringify(found, null, 2));
}

/** `agent-factory tool register <name>`: makes tools out of data. */
export async function registerTool(name: string, options: RegisterOptions): Promise<void> {
  const { kind, spec } = registrationOf(options);
  const { signal } = new AbortController();
  const { registration, tools } = await withTools(options, (registry) =>
    registry.register({ name, kind, spec, by: 'command line', signal }),
  );
  if (options.json) return print(JSON.stringify({ registration, tools }, null, 2));
  print(`${paint('green', 'Registered')} ${name}, version ${registration.version}:`);
  const rows = tools.map((tool) => [
    tool.name,
    tool.effect,
    tool.description.split('\n', 1)[0]?.slice(0, 80) ?? '',
  ]);
  for (const line of table([['TOOL', 'EFFECT', 'ABOUT'], ...rows])) print(line);
}

/** `agent-factory tool test <tool> [input]`: calls a tool once. */
export async function testTool(
  tool: string,
  input: string,
  options: TenantOptions & { readonly yes?: boolean },
): Promise<void> {
  const value = parseObject('the input', input);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const { output } = await withTools(options, (tools) =>
      tools.test({ tool, input: value, confirm: options.yes ?? false, signal: stop.signal }),
    );
    print(JSON.stringify(output, null, 2));
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}

/** `agent-factory tool attach|detach <agent> <tools...>`: changes which tools an agent of the tenant may call. */
export async function attachTools(
  agent: string,
  change: AgentToolsChange,
  options: TenantOptions,
): Promise<void> {
  const { definition, revision } = await withPlatform(options, (kernel) =>
    changeAgentTools(runtimeOf(kernel).tenant(options.tenant).definitions, agent, change),
  );
  const { tools = [] } = definition as AgentDefinition; // of that kind
  print(
    `${paint('green', 'Done.')} ${agent}, revision ${revision ?? 1}, has ${tools.join(', ') || 'no tools'}.`,
  );
}

/** `agent-factory tool remove <name>`: takes the tools of a registration away. */
export async function removeTool(name: string, options: TenantOptions): Promise<void> {
  const removed = await withTools(options, (tools) => tools.remove(name));
  if (!removed) throw errors.AF_CLI_TOOL_UNKNOWN({ name });
  print(`${paint('green', 'Removed')} ${name}. Its versions are kept.`);
}

/** `agent-factory tool kinds`: the ways to make tools out of data. */
export async function listKinds(options: CommonOptions): Promise<void> {
  const kinds = await withRegistry(options, async (registry) => registry.kinds());
  if (kinds.length === 0) return print('No plugin offers a kind; add @agent-factory/plugin-tools-openapi.');
  for (const { kind, description, example } of kinds) {
    print(`${paint('bold', kind)}  ${description}`);
    print(JSON.stringify(example, null, 2));
  }
}

function registrationOf(options: RegisterOptions): { readonly kind: string; readonly spec: JsonObject } {
  const { openapi, mcp, kind, spec: file, server, include, auth, secretHeader } = options;
  const given = [openapi, mcp, kind].filter((one) => one !== undefined);
  if (given.length !== 1 || (kind === undefined) !== (file === undefined)) {
    const reason = 'it is not said what the tools are made of';
    const mend = 'Give one of --openapi <file or url>, --mcp <url>, or --kind <kind> with --spec <file>.';
    throw errors.AF_CLI_INPUT_INVALID({ what: 'the registration', reason, mend });
  }
  const more = {
    ...(server !== undefined && { server }),
    ...(include !== undefined && { include }),
    ...(auth !== undefined && {
      auth: Object.fromEntries(pairs('--auth', auth).map(([scheme, secret]) => [scheme, { secret }])),
    }),
    ...(secretHeader !== undefined && {
      secretHeaders: Object.fromEntries(pairs('--secret-header', secretHeader)),
    }),
  };
  if (mcp !== undefined) return { kind: 'mcp', spec: { url: mcp, ...more } };
  if (openapi !== undefined) {
    const isAddress = /^https?:\/\//.test(openapi);
    return {
      kind: 'openapi',
      spec: { ...(isAddress ? { url: openapi } : { document: read(openapi) }), ...more },
    };
  }
  return { kind: kind ?? '', spec: { ...parseObject(file ?? '', read(file ?? '')), ...more } };
}

function pairs(what: string, given: readonly string[]): readonly (readonly [string, string])[] {
  return given.map((one) => {
    const at = one.indexOf('=');
    if (at > 0) return [one.slice(0, at), one.slice(at + 1)];
    throw errors.AF_CLI_INPUT_INVALID({ what, reason: `"${one}" is no pair`, mend: 'Write name=secret.' });
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.AF_CLI_INPUT_INVALID(
      { what: file, reason, mend: 'Check the path and its rights.' },
      { cause },
    );
  }
}

function parseObject(what: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.AF_CLI_INPUT_INVALID({ what, reason, mend: 'Give a JSON object.' }, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject; // parsed JSON
  throw errors.AF_CLI_INPUT_INVALID({ what, reason: 'it is no JSON object', mend: 'Give one, such as {}.' });
}

function withTools<T>(options: TenantOptions, job: (tools: TenantToolRegistry) => Promise<T>): Promise<T> {
  return withRegistry(options, (registry) => job(registry.tenant(options.tenant)));
}

/** Boots the platform for the question; a running one sees what was changed by itself. */
function withRegistry<T>(options: CommonOptions, job: (registry: ToolRegistry) => Promise<T>): Promise<T> {
  return withPlatform(options, async (kernel) => {
    try {
      return await job(kernel.use(ToolRegistry));
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      throw errors.AF_CLI_NO_STORAGE(
        { contract: ToolRegistry.id, plugin: '@agent-factory/plugin-tools-registry' },
        { cause: error },
      );
    }
  });
}
