import { defineContract, type SingleContract } from '../contract.ts';
import type { Secret } from '../secret.ts';
import { secretErrors } from './secret-store-errors.ts';

/** A secret as a caller may use it. */
export interface StoredSecret {
  readonly value: Secret;
  /** Hosts (`host` or `host:port`) it may be sent to; without them no outgoing request may carry it. */
  readonly hosts: readonly string[];
}

/**
 * Secrets by name, so that data (a tool's registration, an agent) can say which one it needs and never hold it. Each
 * is for the tenants and the hosts its owner named.
 */
export interface SecretStore {
  /** Names of what a tenant may use, in order. Never values. */
  names(tenant: string): Promise<readonly string[]>;
  /** The secret; `undefined` when there is none of this name for the tenant. Ask at each use: it may be rotated. */
  find(tenant: string, name: string): Promise<StoredSecret | undefined>;
}

/** Token of {@link SecretStore}. */
export const SecretStore: SingleContract<SecretStore> = defineContract<SecretStore>({
  id: 'secret-store',
  version: '1.0.0',
  description: 'Secrets by name, each for the tenants and hosts it was meant for.',
});

/** What names a secret: letters, digits, `_`, `-`, `.`, at most 100. */
export const secretNamePattern: RegExp = /^[A-Za-z0-9_.-]{1,100}$/;

/**
 * The text of a secret that is about to be sent to `url`: AF_SECRET_UNKNOWN when the tenant has none of the name,
 * AF_SECRET_HOST when it is not meant for the host.
 */
export async function secretFor(
  store: SecretStore | undefined,
  { tenant, name, url }: { readonly tenant: string; readonly name: string; readonly url: URL },
): Promise<string> {
  const found = await store?.find(tenant, name);
  if (found === undefined) throw secretErrors.AF_SECRET_UNKNOWN({ name });
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const meant = found.hosts.some((host) => {
    const wanted = host.toLowerCase();
    return wanted === url.hostname || wanted === `${url.hostname}:${port}`;
  });
  if (!meant) throw secretErrors.AF_SECRET_HOST({ name, host: url.host });
  return found.value.reveal();
}
