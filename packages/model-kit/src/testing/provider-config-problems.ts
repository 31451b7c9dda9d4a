import { isDeepStrictEqual } from 'node:util';
import { providerConfigSchema } from '../provider/provider-config.ts';

/** In which fields the configuration schema of a manifest differs from what all providers have alike. */
export function providerConfigProblems(properties: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(providerConfigSchema)
    .filter(([name, schema]) => !isDeepStrictEqual(properties[name], schema))
    .map(([name]) => `${name} is not as providerConfigSchema of @agent-factory/model-kit has it`);
}
