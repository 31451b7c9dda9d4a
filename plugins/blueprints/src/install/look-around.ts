import type { JsonObject } from '@agent-factory/sdk';
import type { BlueprintPart, TenantDefinitions, TenantToolRegistry } from '@agent-factory/sdk/contracts';
import { keyOf, type PartHere } from './part.ts';

/** Where parts of a tenant live. */
export interface Places {
  readonly definitions: TenantDefinitions;
  /** Left out where no plugin registers tools. */
  readonly tools?: TenantToolRegistry;
}

/** The kinds of parts that are definitions. */
export const definitionKinds = ['agent', 'workflow', 'router'] as const;

/** What a tenant has now of all definitions, and of the tools named. */
export async function lookAround(
  { definitions, tools }: Places,
  toolNames: ReadonlySet<string>,
): Promise<ReadonlyMap<string, PartHere>> {
  const here = new Map<string, PartHere>();
  for (const part of definitionKinds) {
    for (const { name, hash, definition, source } of await definitions.list(part)) {
      // Definitions are JSON objects.
      const value = definition as JsonObject;
      here.set(keyOf({ part, name }), { hash, value, isFixed: source === 'platform' });
    }
  }
  for (const name of toolNames) {
    const found = await tools?.get(name);
    if (!found) continue;
    const { hash, kind, spec, origin } = found;
    const part: BlueprintPart = 'tool';
    here.set(keyOf({ part, name }), {
      hash,
      value: { name, kind, spec },
      isFixed: origin === 'configuration',
    });
  }
  return here;
}
