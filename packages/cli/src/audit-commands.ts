import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { AuditListOptions, AuditVerifyOptions } from './commands/audit.ts';

/** Adds `agent-factory audit …`: what was changed and refused, and whether it is as it was written. */
export function addAuditCommands(program: Command, common: () => CommonOptions): void {
  const audit = program.command('audit').description('what was changed and what was refused');
  const load = () => import('./commands/audit.ts');
  audit
    .command('list')
    .description('the newest entries of a tenant, or of the platform')
    .option('--tenant <id>', 'whose (default: those of the platform)')
    .option('--who <id>', 'only what this account did or was refused')
    .option('--action <id>', 'only this operation: putAgent')
    .addOption(new Option('--outcome <what>', 'only what went so').choices(['done', 'refused', 'failed']))
    .option('-n, --limit <number>', 'at most this many (default: 50; at most 200)')
    .option('--json', 'print JSON')
    .action(async (options: AuditListOptions) => (await load()).listAudit({ ...common(), ...options }));
  audit
    .command('verify')
    .description('read every entry and say whether all are as they were written; exit status 1 when not')
    .option('--tenant <id>', 'one tenant alone (default: all, and the platform)')
    .option(
      '--heads <file>',
      'heads that were written down before with --json, to see that no end was cut off',
    )
    .option('--json', 'print JSON, which is also the heads to write down')
    .action(async (options: AuditVerifyOptions) => {
      if (!(await (await load()).verifyAudit({ ...common(), ...options }))) process.exitCode = 1;
    });
}
