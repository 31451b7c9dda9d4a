import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type {
  BlueprintPart,
  KnowledgeBaseState,
  TenantDefinitions,
  TenantKnowledge,
  TenantToolRegistry,
} from '@agent-factory/sdk/contracts';
import { hashOf, keyOf, type PartHere } from './part.ts';

/** Where parts of a tenant live. */
export interface Places {
  readonly definitions: TenantDefinitions;
  /** Left out where no plugin registers tools. */
  readonly tools?: TenantToolRegistry;
  /** Left out where no plugin keeps knowledge. */
  readonly knowledge?: TenantKnowledge;
}

/** The kinds of parts that are definitions. */
export const definitionKinds = ['agent', 'workflow', 'router'] as const;

/** What a tenant has now of all definitions, and of the tools and knowledge bases that are named. */
export async function lookAround(
  { definitions, tools, knowledge }: Places,
  named: readonly { readonly part: BlueprintPart; readonly name: string }[],
): Promise<ReadonlyMap<string, PartHere>> {
  const here = new Map<string, PartHere>();
  for (const part of definitionKinds) {
    for (const { name, hash, definition, source } of await definitions.list(part)) {
      // Definitions are JSON objects.
      const value = definition as JsonObject;
      here.set(keyOf({ part, name }), { hash, value, isFixed: source === 'platform' });
    }
  }
  for (const name of namesOf('tool', named)) {
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
  for (const name of namesOf('knowledge', named)) {
    const found = await knowledge?.get(name).catch(unlessUnknown);
    if (found) here.set(keyOf({ part: 'knowledge', name }), baseHere(found));
  }
  return here;
}

/** A knowledge base as it is here; the documents that were given to it are no part of what it says. */
export function baseHere({ base, owner }: KnowledgeBaseState): PartHere {
  const value = base as unknown as JsonObject; // a base is JSON
  return { hash: hashOf(value), value, isFixed: owner === 'platform' };
}

function namesOf(
  part: BlueprintPart,
  named: readonly { readonly part: BlueprintPart; readonly name: string }[],
): ReadonlySet<string> {
  return new Set(named.filter((one) => one.part === part).map(({ name }) => name));
}

function unlessUnknown(error: unknown): undefined {
  if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_UNKNOWN')) throw error;
}
