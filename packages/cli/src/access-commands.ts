import type { Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { ExplainAccessOptions } from './commands/access.ts';
import type { KeyCreateOptions, KeyOptions } from './commands/keys.ts';

/** Adds `agent-factory key …` and `auth …`: keys for programs, and why somebody may do something or may not. */
export function addAccessCommands(program: Command, common: () => CommonOptions): void {
  const every = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  const key = program.command('key').description('API keys of a tenant');
  const load = () => import('./commands/keys.ts');
  key
    .command('create')
    .argument('[account]', 'id or email of an account; without one, a program gets an account of its own')
    .description('make an API key and print it, this once')
    .option('--tenant <id>', 'for which tenant', 'default')
    .option('--name <text>', 'what it is for', 'made on the command line')
    .option('--role <name>', 'makes the account a member with this role; may be given again', every, [])
    .option('--scope <permission>', 'the key carries this alone; may be given again', every, [])
    .option('--expires <time>', 'how long it holds: 90d (default: as long as keys may)')
    .option('--json', 'print JSON')
    .action(async (account: string | undefined, options: KeyCreateOptions) =>
      (await load()).createKey(account, { ...common(), ...options }),
    );
  key
    .command('list')
    .description('the keys of a tenant, without their secrets')
    .option('--tenant <id>', 'of which tenant', 'default')
    .option('--json', 'print JSON')
    .action(async (options: KeyOptions) => (await load()).listKeys({ ...common(), ...options }));
  key
    .command('revoke')
    .argument('<key>', 'its id; "key list" shows it')
    .description('revoke a key; it proves nothing from now on')
    .option('--tenant <id>', 'of which tenant', 'default')
    .action(async (id: string, options: KeyOptions) =>
      (await load()).revokeKey(id, { ...common(), ...options }),
    );
  program
    .command('auth')
    .description('who may do what')
    .command('explain')
    .argument('<account>', 'its id or email')
    .argument('<permission>', 'such as agents:write')
    .description('why an account may do something, or may not; exit status 1 when not')
    .option('--tenant <id>', 'in which tenant', 'default')
    .option('--on <thing>', 'on one thing: agents/guide')
    .option('--json', 'print JSON')
    .action(async (account: string, permission: string, options: ExplainAccessOptions) => {
      const { explainAccess } = await import('./commands/access.ts');
      if (!(await explainAccess(account, permission, { ...common(), ...options }))) process.exitCode = 1;
    });
}
