import type { SecretStore } from '@agent-factory/sdk/contracts';
import type { ConfiguredSecret, SecretsConfig } from './config.ts';

/** The secrets of the configuration. */
export function createConfigSecrets({ secrets }: SecretsConfig): SecretStore {
  const byName = new Map(Object.entries(secrets));
  const isFor = ({ value, tenants }: ConfiguredSecret, tenant: string): boolean =>
    value !== undefined && (tenants === undefined || tenants.includes(tenant));
  return {
    names: async (tenant) =>
      [...byName]
        .filter(([, secret]) => isFor(secret, tenant))
        .map(([name]) => name)
        .sort(),
    async find(tenant, name) {
      const secret = byName.get(name);
      if (secret?.value === undefined || !isFor(secret, tenant)) return undefined;
      return { value: secret.value, hosts: secret.hosts };
    },
  };
}
