import type { JsonObject, PluginContext } from '@agent-factory/sdk';
import { TenantSettings } from '@agent-factory/sdk/contracts';
import type { RunLimits } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

/** What tenants may set about runs. */
export interface RunSettings {
  /** The most that a run of the tenant may use. */
  most(tenant: string): Promise<RunLimits>;
  /** AF_RUN_PROVIDER_REFUSED where the tenant may not ask models of a provider. */
  checkProvider(tenant: string, provider: string): Promise<void>;
}

const whole = (description: string, minimum = 1): JsonObject => ({
  type: 'integer',
  minimum,
  maximum: Number.MAX_SAFE_INTEGER,
  description,
});

/** Declares what tenants may set about runs, where anybody keeps it. */
export function declareRunSettings(ctx: Pick<PluginContext, 'tryUse' | 'own'>): RunSettings | undefined {
  const settings = ctx.tryUse(TenantSettings);
  if (!settings) return undefined;
  const limits = settings.declare({
    name: 'agent-runtime.runLimits',
    title: 'Most that a run may use',
    description:
      'No run of the tenant may use more than this, whatever its agent, router or workflow says; what is left out is ' +
      'not limited here. It holds for runs that begin from then on.',
    schema: {
      type: 'object',
      properties: {
        turns: whole('Questions to a model.'),
        tokens: whole('Tokens of models, input and output together.'),
        timeMs: whole('Milliseconds of work.'),
        toolCalls: whole('Calls of tools.', 0),
        costUsd: {
          type: 'number',
          exclusiveMinimum: 0,
          maximum: 1_000_000,
          description: 'US dollars that models cost.',
        },
      },
      additionalProperties: false,
    },
    default: {},
    setBy: 'tenant',
  });
  const providers = settings.declare<readonly string[] | null>({
    name: 'agent-runtime.modelProviders',
    title: 'Providers of models',
    description: 'Providers whose models runs of the tenant may ask; null: all there are.',
    schema: {
      type: ['array', 'null'],
      items: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,63}$', maxLength: 64 },
      maxItems: 100,
      uniqueItems: true,
    },
    default: null,
    setBy: 'platform',
  });
  ctx.own(limits);
  ctx.own(providers);
  return {
    most: (tenant) => limits.of(tenant),
    async checkProvider(tenant, provider) {
      const allowed = await providers.of(tenant);
      if (allowed === null || allowed.includes(provider)) return;
      throw errors.AF_RUN_PROVIDER_REFUSED({ provider, allowed: allowed.join(', ') || 'none' });
    },
  };
}
