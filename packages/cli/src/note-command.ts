import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { CommonOptions } from './boot.ts';
import { seenPlugins } from './seen-plugins.ts';
import { remark } from './terminal.ts';
import type { StoragePlatform } from './with-storage.ts';

/** Commands that change what the platform is or keeps. What runs agents leaves journals, and no entries. */
const changing: ReadonlySet<string> = new Set([
  'agent put',
  'agent remove',
  'blueprint install',
  'blueprint remove',
  'blueprint upgrade',
  'key create',
  'key revoke',
  'knowledge add',
  'knowledge ingest',
  'knowledge remove',
  'maintenance run',
  'plugin add',
  'plugin remove',
  'plugin revoke',
  'plugin rollback',
  'plugin upgrade',
  'runs approve',
  'runs cancel',
  'runs decide',
  'runs send',
  'secret put',
  'secret remove',
  'secret rewrap',
  'setting put',
  'setting reset',
  'storage copy',
  'storage drop',
  'storage erase-tenant',
  'storage migrate',
  'storage restore',
  'storage rollback',
  'tool register',
  'tool remove',
]);
const longestTarget = 300;
/** The id of the contract, which most commands end without loading. */
const auditLogId = 'audit-log';

/** Options of these commands that say what they change, or that they do not. */
interface NotedOptions {
  readonly to?: string;
  readonly tenant?: string;
  readonly list?: boolean;
  readonly dryRun?: boolean;
}

/** The words of a command, without the program's own name: `storage erase-tenant`. */
function wordsOf(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}

/** Who runs it, as the machine names them; in a container the user may have a number alone. */
function whoRuns(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/**
 * Puts what a command changed, or failed to change, into the platform's chain of the audit log, where the configuration
 * has one. Whoever runs commands can also change the database: the entry is for those who look, and no defence.
 */
export async function noteCommand(
  command: Command,
  common: CommonOptions,
  failure: { readonly error: unknown } | undefined,
): Promise<void> {
  const action = wordsOf(command);
  if (!changing.has(action)) return;
  const { to, tenant, list, dryRun } = command.opts<NotedOptions>();
  if (list === true || dryRun === true) return; // they show what there is, or would be
  // What is copied changes the other platform.
  const options = action === 'storage copy' && to !== undefined ? { ...common, config: to } : common;
  try {
    // A command that failed may have planned what there is not.
    const plugins = failure ? undefined : seenPlugins(options.config);
    if (plugins?.every(({ provides }) => !provides.includes(auditLogId))) return;
    const { AuditLog } = await import('@agent-factory/sdk/contracts');
    const { providerOf, withStorage } = await import('./with-storage.ts');
    const keeper = await providerOf(options, AuditLog, plugins);
    // Whoever takes its tables away does not want them made again to say so.
    if (keeper === undefined || (action === 'storage rollback' && command.args[0] === keeper)) return;
    const record = ({ use }: StoragePlatform): Promise<void> =>
      use(AuditLog)
        .chain()
        .record({
          at: Date.now(),
          who: `cli:${whoRuns()}`,
          ...(tenant !== undefined && { tenant }),
          action: `cli:${action}`,
          target: command.args.join(' ').slice(0, longestTarget),
          outcome: failure ? 'failed' : 'done',
          ...(failure && isAgentFactoryError(failure.error) && { code: failure.error.code }),
          requestId: randomUUID(),
        });
    await withStorage(options, record, [AuditLog]);
  } catch (error) {
    // A command whose configuration cannot be used has said so itself, and changed nothing.
    if (!failure) remark(`This is not in the audit log: ${String(error)}`);
  }
}
