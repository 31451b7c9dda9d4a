import { text as textOf } from 'node:stream/consumers';
import { Secret } from '@agent-factory/sdk';
import { SecretVault } from '@agent-factory/sdk/contracts';
import type { CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';
import { withStorage } from '../with-storage.ts';

/** Options of the commands about one tenant's secrets. */
export interface SecretOptions {
  readonly tenant: string;
  readonly json?: boolean;
}

/** Options of `secret put`. */
export interface SecretPutOptions extends SecretOptions {
  readonly host: readonly string[];
  readonly description?: string;
}

/** Options of `secret rewrap`. */
export interface RewrapSecretsOptions {
  readonly renew?: boolean;
  readonly json?: boolean;
}

/** `agent-factory secret list`. */
export async function listSecrets(options: CommonOptions & SecretOptions): Promise<void> {
  const { tenant, json } = options;
  const all = await withVault(options, (vault) => vault.tenant(tenant).list());
  const told = all.map(({ tag: _tag, ...facts }) => facts);
  if (json) return print(JSON.stringify(told, null, 2));
  if (all.length === 0) return print(`The tenant ${tenant} keeps no secrets.`);
  const rows = all.map(({ name, version, changedAt, lastUsedAt, hosts, description }) => [
    name,
    String(version),
    dayOf(changedAt),
    dayOf(lastUsedAt),
    hosts.join(', '),
    description,
  ]);
  for (const line of table([['NAME', 'VERSION', 'CHANGED', 'LAST USED', 'HOSTS', 'ABOUT'], ...rows]))
    print(line);
}

/** `agent-factory secret put`. The value is no argument: those stand in the history, and every process sees them. */
export async function putSecret(name: string, options: CommonOptions & SecretPutOptions): Promise<void> {
  const { tenant, host: hosts, description = '' } = options;
  if (process.stdin.isTTY)
    throw errors.AF_CLI_INPUT_INVALID({
      what: 'the value',
      reason: 'it would be seen on the terminal',
      mend: `Give it by standard input: agent-factory secret put ${name} < file`,
    });
  const value = new Secret((await textOf(process.stdin)).replace(/\r?\n$/, ''));
  const { version } = await withVault(options, (vault) =>
    vault.tenant(tenant).put(name, { value, hosts, description }),
  );
  const where = hosts.length === 0 ? 'it may be sent nowhere; --host says where' : hosts.join(', ');
  print(`The secret ${name} of the tenant ${tenant} has version ${version}: ${where}.`);
}

/** `agent-factory secret remove`. */
export async function removeSecret(name: string, options: CommonOptions & SecretOptions): Promise<void> {
  await withVault(options, (vault) => vault.tenant(options.tenant).remove(name));
  print(`The secret ${name} of the tenant ${options.tenant} is removed.`);
}

/** `agent-factory secret keys`: whether every key that is used is configured. */
export async function listSecretKeys(options: CommonOptions & { readonly json?: boolean }): Promise<boolean> {
  const keys = await withVault(options, (vault) => vault.usage());
  if (options.json) print(JSON.stringify(keys, null, 2));
  else {
    const rows = keys.map(({ id, state, wraps, made }) => [id, state, String(wraps), String(made)]);
    for (const line of table([['KEY', 'STATE', 'DATA KEYS', 'MADE UNDER IT'], ...rows])) print(line);
  }
  return keys.every(({ state }) => state !== 'missing');
}

/** `agent-factory secret rewrap`: whether all could be opened. */
export async function rewrapSecrets(options: CommonOptions & RewrapSecretsOptions): Promise<boolean> {
  const { renew = false, json } = options;
  const report = await withVault(options, (vault) => vault.rewrap({ renew }));
  const { tenants, rewrapped, resealed, unopened } = report;
  if (json) print(JSON.stringify(report, null, 2));
  else {
    print(`${tenants} tenants: ${rewrapped} data keys wrapped anew, ${resealed} values sealed anew.`);
    if (unopened > 0) print(paint('red', `${unopened} data keys or values cannot be opened.`));
  }
  return unopened === 0;
}

function withVault<T>(options: CommonOptions, job: (vault: SecretVault) => Promise<T>): Promise<T> {
  return withStorage(options, ({ use }) => job(use(SecretVault)), [SecretVault]);
}

function dayOf(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString().slice(0, 10);
}
