import type { Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { RewrapSecretsOptions, SecretOptions, SecretPutOptions } from './commands/secrets.ts';

/** Adds `agent-factory secret …`: secrets that tenants keep, and the keys they are under. */
export function addSecretCommands(program: Command, common: () => CommonOptions): void {
  const secret = program.command('secret').description('secrets that tenants keep, never their values');
  const load = () => import('./commands/secrets.ts');
  const every = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  secret
    .command('list')
    .description('the secrets of a tenant')
    .option('--tenant <id>', 'of which tenant', 'default')
    .option('--json', 'print JSON')
    .action(async (options: SecretOptions) => (await load()).listSecrets({ ...common(), ...options }));
  secret
    .command('put')
    .argument('<name>', 'its name')
    .description('set a secret to what standard input gives, without its last line break')
    .option('--tenant <id>', 'of which tenant', 'default')
    .option('--host <host>', 'where it may be sent, as host or host:port; may be given again', every, [])
    .option('--description <text>', 'what it is for')
    .action(async (name: string, options: SecretPutOptions) =>
      (await load()).putSecret(name, { ...common(), ...options }),
    );
  secret
    .command('remove')
    .argument('<name>', 'its name')
    .description('remove a secret with all its versions')
    .option('--tenant <id>', 'of which tenant', 'default')
    .action(async (name: string, options: SecretOptions) =>
      (await load()).removeSecret(name, { ...common(), ...options }),
    );
  secret
    .command('keys')
    .description('the keys that secrets are under; exit status 1 when one of them is missing')
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: boolean }) => {
      if (!(await (await load()).listSecretKeys({ ...common(), ...options }))) process.exitCode = 1;
    });
  secret
    .command('rewrap')
    .description('put the secrets of all tenants under the key that seals now; broken off, begin it again')
    .option('--renew', 'replace data keys made under other keys, which somebody may have seen')
    .option('--json', 'print JSON')
    .action(async (options: RewrapSecretsOptions) => {
      if (!(await (await load()).rewrapSecrets({ ...common(), ...options }))) process.exitCode = 1;
    });
}
