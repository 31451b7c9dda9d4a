import { defaultTenant, type TenantDefinitions } from '@agent-factory/sdk/contracts';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { readDefinition } from '../read-definition.ts';
import { paint, print, table } from '../terminal.ts';

function withDefinitions<T>(
  options: CommonOptions,
  work: (definitions: TenantDefinitions) => Promise<T>,
): Promise<T> {
  return withPlatform(options, (kernel) => work(runtimeOf(kernel).tenant(defaultTenant).definitions));
}

/** `agent-factory agent show <name>`: its definition as JSON. */
export async function showAgent(
  name: string,
  options: CommonOptions & { readonly revision?: string },
): Promise<void> {
  const revision = options.revision === undefined ? undefined : Number(options.revision);
  const { definition } = await withDefinitions(options, (all) => all.get('agent', name, revision));
  print(JSON.stringify(definition, null, 2));
}

/** `agent-factory agent put <file>`: creates or changes an agent of the tenant. */
export async function putAgent(
  file: string,
  options: CommonOptions & { readonly ifRevision?: string },
): Promise<void> {
  const definition = await readDefinition(file);
  const { ifRevision } = options;
  const kept = await withDefinitions(options, (all) =>
    all.put('agent', definition, ifRevision === undefined ? {} : { ifRevision: Number(ifRevision) }),
  );
  print(`${kept.name} is at revision ${kept.revision}.`);
}

/** `agent-factory agent remove <name>`. */
export async function removeAgent(name: string, options: CommonOptions): Promise<void> {
  await withDefinitions(options, (all) => all.remove('agent', name));
  print(`${name} was removed; its revisions are kept.`);
}

/** `agent-factory agent revisions <name>`. */
export async function listRevisions(name: string, options: CommonOptions): Promise<void> {
  const revisions = await withDefinitions(options, (all) => all.revisions('agent', name));
  if (revisions.length === 0) return print(`The tenant has no agent "${name}" of its own.`);
  const rows = revisions.map(({ revision, hash, createdAt }) => [
    String(revision),
    hash?.slice(0, 12) ?? 'removed',
    new Date(createdAt).toISOString(),
  ]);
  for (const line of table([['REVISION', 'HASH', 'SINCE'], ...rows])) print(line);
}

/** `agent-factory agent diff <name> <from> <to>`. */
export async function diffAgent(
  name: string,
  from: string,
  to: string,
  options: CommonOptions,
): Promise<void> {
  const changes = await withDefinitions(options, (all) => all.diff('agent', name, Number(from), Number(to)));
  if (changes.length === 0) return print('Nothing changed.');
  for (const { path, before, after } of changes) {
    print(paint('bold', path || 'the whole'));
    if (before !== undefined) print(paint('red', `- ${JSON.stringify(before)}`));
    if (after !== undefined) print(paint('green', `+ ${JSON.stringify(after)}`));
  }
}
