import type { DeclaredSetting, TenantSettings } from '@agent-factory/sdk/contracts';

/** Declares for how long a tenant's entries are kept; `days` is what the configuration says for all. */
export function declareDays(
  settings: TenantSettings,
  days: number | undefined,
): DeclaredSetting<number | null> {
  return settings.declare<number | null>({
    name: 'prompt-log.days',
    title: 'Days the prompt log is kept',
    description: 'Days after which entries of the prompt log are removed; null: never.',
    schema: { type: ['integer', 'null'], minimum: 1, maximum: 36_500 },
    default: null,
    ...(days !== undefined && { configured: days }),
    setBy: 'tenant',
  });
}
