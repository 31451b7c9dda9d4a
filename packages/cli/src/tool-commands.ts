import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { RegisterOptions, TenantOptions } from './commands/tool.ts';

/** Adds `agent-factory tool …`: register tools, look at them, and try them. */
export function addToolCommands(program: Command, common: () => CommonOptions): void {
  const tool = program.command('tool').description('tools registered as data, and trying any tool');
  const load = () => import('./commands/tool.ts');
  const forTenant = (command: Command): Command =>
    command.addOption(new Option('--tenant <id>', 'whose tools').default('default'));
  forTenant(tool.command('list'))
    .description('the registrations and their tools')
    .option('--json', 'print JSON')
    .action(async (options: TenantOptions) => (await load()).listTools({ ...common(), ...options }));
  forTenant(tool.command('show').argument('<name>', 'the registration'))
    .description('a registration as JSON')
    .option('--version <number>', 'as it was then')
    .action(async (name: string, options: TenantOptions & { version?: string }) =>
      (await load()).showTool(name, { ...common(), ...options }),
    );
  forTenant(tool.command('register').argument('<name>', 'the registration; tool names begin with it'))
    .description('make tools out of data, or change them')
    .option('--openapi <file or url>', 'an OpenAPI document')
    .option('--mcp <url>', 'an MCP server over HTTP')
    .option('--kind <kind>', 'any kind, together with --spec; "tool kinds" lists them')
    .option('--spec <file>', 'what the kind asks for, as JSON')
    .option('--server <url>', 'where requests go, instead of where the document says')
    .option('--include <operations...>', 'only these: operationId, or "GET /path"')
    .option('--auth <scheme=secret...>', 'the secret to send for a security scheme of the document')
    .option('--secret-header <name=secret...>', 'a header and the secret to send in it')
    .action(async (name: string, options: RegisterOptions) =>
      (await load()).registerTool(name, { ...common(), ...options }),
    );
  forTenant(
    tool.command('test').argument('<tool>', 'any tool').argument('[input]', 'its input, as JSON', '{}'),
  )
    .description('call a tool once and print its result')
    .option('-y, --yes', 'call it although it changes the world')
    .action(async (name: string, input: string, options: TenantOptions & { yes?: boolean }) =>
      (await load()).testTool(name, input, { ...common(), ...options }),
    );
  for (const [verb, about] of [
    ['attach', 'give tools to an agent of the tenant'],
    ['detach', 'take tools from an agent of the tenant'],
  ] as const)
    forTenant(tool.command(verb).argument('<agent>', 'the agent').argument('<tools...>', 'names of tools'))
      .description(about)
      .action(async (agent: string, tools: string[], options: TenantOptions) =>
        (await load()).attachTools(agent, { [verb]: tools }, { ...common(), ...options }),
      );
  forTenant(tool.command('remove').argument('<name>', 'the registration'))
    .description('take the tools of a registration away')
    .action(async (name: string, options: TenantOptions) =>
      (await load()).removeTool(name, { ...common(), ...options }),
    );
  tool
    .command('kinds')
    .description('the ways to make tools out of data, each with an example')
    .action(async () => (await load()).listKinds(common()));
}
