import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import {
  allows,
  type AgentRuntime,
  type DefinitionKind,
  type KeptDefinition,
  type Principal,
  type RunTarget,
  type Tool,
  type ToolSource,
} from '@agent-factory/sdk/contracts';
import type { Workflow } from '@agent-factory/sdk/domain';
import { isChosen, type HttpMcpConfig } from './config.ts';

/** Something that a client of the protocol can call. */
export interface Offer {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema & { readonly type: 'object' };
  /** What the protocol says of the world after a call. */
  readonly annotations?: {
    readonly readOnlyHint?: boolean;
    readonly destructiveHint?: boolean;
    readonly idempotentHint?: boolean;
  };
  /** What is run for a call. */
  target(input: JsonObject): RunTarget;
}

/** What offers are made of. */
export interface OfferParts {
  readonly runtime: AgentRuntime;
  readonly tools: readonly Tool[];
  readonly sources: readonly ToolSource[];
  readonly config: HttpMcpConfig;
}

const question: Offer['inputSchema'] = {
  type: 'object',
  properties: { message: { type: 'string', minLength: 1, description: 'What to ask.' } },
  required: ['message'],
  additionalProperties: false,
};

/** What somebody is offered, by name: what the operator chose, as far as they may look at it. */
export async function offersFor(
  principal: Principal,
  { runtime, tools, sources, config }: OfferParts,
): Promise<ReadonlyMap<string, Offer>> {
  const { tenant } = principal;
  const { definitions } = runtime.tenant(tenant);
  const chosen = async (
    kind: DefinitionKind,
    names: readonly string[],
  ): Promise<readonly KeptDefinition[]> => {
    if (names.length === 0 || !allows(principal, `${kind}s:read`)) return [];
    return (await definitions.list(kind)).filter(({ name }) => isChosen(names, name));
  };
  const offers = [
    ...(await chosen('agent', config.agents)).map((kept) => asker(kept, 'agent')),
    ...(await chosen('router', config.routers)).map((kept) => asker(kept, 'router')),
    ...(await chosen('workflow', config.workflows)).map(starter),
    ...(await toolOffers(tenant, { tools, sources, config })),
  ];
  // Of two of a name the first counts: a tool that is called like an agent's question hides behind it.
  const byName = new Map<string, Offer>();
  for (const offer of offers) if (!byName.has(offer.name)) byName.set(offer.name, offer);
  return byName;
}

function asker({ name, definition }: KeptDefinition, kind: 'agent' | 'router'): Offer {
  const { description } = definition as { readonly description?: string }; // both kinds may have one
  return {
    name: `ask_${name}`,
    description: description ?? `Asks the ${kind} "${name}".`,
    inputSchema: question,
    target({ message }) {
      const input = typeof message === 'string' ? message : '';
      return kind === 'agent' ? { agent: name, input } : { router: name, input };
    },
  };
}

/** A workflow whose input is no object is given what stands under `input`. */
function starter({ name, definition }: KeptDefinition): Offer {
  const { description, input: schema } = definition as Workflow; // of that kind
  const isObject = schema?.['type'] === 'object';
  const wrapped: Offer['inputSchema'] = {
    type: 'object',
    properties: { input: schema ?? {} },
    additionalProperties: false,
  };
  return {
    name: `run_${name}`,
    description: description ?? `Runs the workflow "${name}".`,
    inputSchema: isObject ? { ...schema, type: 'object' } : wrapped,
    target: (given) => ({ workflow: name, input: isObject ? given : ((given['input'] ?? null) as Json) }),
  };
}

async function toolOffers(
  tenant: string,
  { tools, sources, config }: Omit<OfferParts, 'runtime'>,
): Promise<readonly Offer[]> {
  if (config.tools.length === 0) return [];
  const ofSources = await Promise.all(sources.map((source) => source.tools(tenant)));
  return [...tools, ...ofSources.flat()]
    .filter(({ name }) => isChosen(config.tools, name))
    .map(({ name, description, input, effect }) => ({
      name,
      description,
      inputSchema: { ...input, type: 'object' },
      annotations: {
        readOnlyHint: effect === 'pure' || effect === 'read',
        destructiveHint: effect === 'write',
        idempotentHint: effect === 'idempotent-write',
      },
      target: (given): RunTarget => ({ tool: name, input: given }),
    }));
}
