import type { PluginContext } from '@agent-factory/sdk';
import type { ToolKind, ToolRegistration } from '@agent-factory/sdk/contracts';
import type { ConfiguredRegistration } from './config.ts';
import { errors } from './errors.ts';
import { prepareRegistration } from './prepare-registration.ts';
import { registrationHash } from './registration-rows.ts';

/** A registration of the operator, and who has it. */
export interface ForTenants {
  readonly registration: ToolRegistration;
  isFor(tenant: string): boolean;
}

/** Prepares the operator's registrations. */
export async function configuredRegistrations(
  registrations: readonly ConfiguredRegistration[],
  kinds: ReadonlyMap<string, ToolKind>,
  { validator, signal }: { readonly validator: PluginContext['validator']; readonly signal: AbortSignal },
): Promise<readonly ForTenants[]> {
  const made: ForTenants[] = [];
  for (const { name, kind, spec: given, tenants } of registrations) {
    if (made.some(({ registration }) => registration.name === name))
      throw errors.AF_TOOLS_REGISTRY_NAME_TAKEN({ name, owner: 'another registration of the configuration' });
    const spec = await prepareRegistration(
      { name, kind, spec: given, trusted: true, signal },
      kinds,
      validator,
    );
    const hash = registrationHash(kind, spec);
    made.push({
      registration: { name, kind, version: 1, hash, spec, origin: 'configuration', createdAt: Date.now() },
      isFor: (tenant) => tenants === undefined || tenants.includes(tenant),
    });
  }
  return made;
}
