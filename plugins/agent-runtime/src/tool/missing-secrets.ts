import type { ValidationProblem } from '@agent-factory/sdk';
import type { SecretStore, Tool } from '@agent-factory/sdk/contracts';

/** The secrets that calls of a tool need and a tenant has not, as problems of whoever names the tool. */
export async function missingSecrets(
  path: string,
  { name, secrets = [] }: Tool,
  tenant: string | undefined,
  store: SecretStore | undefined,
): Promise<readonly ValidationProblem[]> {
  // What every tenant has is looked at without one; whether its calls can be made shows with the tenant.
  if (tenant === undefined || secrets.length === 0) return [];
  const there = new Set(await store?.names(tenant));
  return secrets
    .filter((secret) => !there.has(secret))
    .map((secret) => ({
      path,
      message: `the tool "${name}" needs the secret "${secret}", which this tenant has not`,
      fix: 'Add it for the tenant, or have it added, or register the tool with another.',
    }));
}
