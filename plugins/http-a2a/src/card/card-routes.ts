import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { HttpRequest, HttpRoute } from '@agent-factory/sdk/contracts';
import type { A2aParts } from '../a2a-http.ts';
import { isChosen } from '../config.ts';
import { errors, errorTable } from '../errors.ts';
import { agentCard } from './agent-card.ts';

/** Parameter of the paths of an agent. */
export const agentParams: JsonSchema = {
  type: 'object',
  properties: {
    agent: {
      type: 'string',
      pattern: '^[a-z][a-z0-9-]{0,63}$',
      minLength: 1,
      maxLength: 64,
      description: 'Name of an agent.',
    },
  },
  required: ['agent'],
  additionalProperties: false,
};

const cardSchema: JsonSchema = {
  type: 'object',
  description: 'An AgentCard of the protocol.',
  properties: {
    name: { type: 'string' },
    description: { type: 'string' },
    version: { type: 'string' },
    supportedInterfaces: { type: 'array', items: { type: 'object' } },
    capabilities: { type: 'object' },
    securitySchemes: { type: 'object' },
    securityRequirements: { type: 'array', items: { type: 'object' } },
    defaultInputModes: { type: 'array', items: { type: 'string' } },
    defaultOutputModes: { type: 'array', items: { type: 'string' } },
    skills: { type: 'array', items: { type: 'object' } },
  },
  required: ['name', 'description', 'version', 'supportedInterfaces'],
};

/** Where clients reach the platform, as far as it is known. */
export function baseOf(
  { config }: Pick<A2aParts, 'config'>,
  { headers }: Pick<HttpRequest, 'headers'>,
): string {
  const { host = '' } = headers;
  return config.publicUrl ?? `http://${/^[\w.:[\]-]{1,255}$/.test(host) ? host : '127.0.0.1'}`;
}

/** The routes of the cards that anybody may read. */
export function cardRoutes(parts: A2aParts): readonly HttpRoute[] {
  const { runtime, config, version, hasLogin } = parts;

  /** Of an agent that the operator named more is said than of one that only may be there. */
  const publicCard = (name: string, request: HttpRequest): JsonObject => {
    if (!isChosen(config, name)) throw errors.AF_A2A_AGENT_UNKNOWN({ agent: name });
    const isNamed = config.agents.includes(name);
    const definition = isNamed ? runtime.agents().find((agent) => agent.name === name) : undefined;
    const base = baseOf(parts, request);
    return agentCard({ name, base, version, hasLogin, ...(definition && { definition }) });
  };
  const shared = {
    method: 'GET',
    tag: 'Agent2Agent',
    permission: {
      public: 'Clients find out by it how to prove who they are. It says what the operator published.',
    },
    responses: {
      200: {
        description: 'The card.',
        schema: cardSchema,
        example: agentCard({
          name: 'guide',
          base: 'https://agents.example',
          version: '0.1.0',
          hasLogin: true,
        }),
      },
    },
    revalidates: true,
    rate: 'read',
  } as const;

  return [
    {
      ...shared,
      path: '/.well-known/agent-card.json',
      operationId: 'getWellKnownAgentCard',
      summary: 'The card of the first agent that the operator named.',
      errors: { AF_A2A_NO_CARD: errorTable.AF_A2A_NO_CARD },
      handler: async (request) => {
        const name = config.agents.find((agent) => agent !== '*');
        if (name === undefined) throw errors.AF_A2A_NO_CARD({});
        return { body: publicCard(name, request) };
      },
    },
    {
      ...shared,
      path: '/a2a/{agent}/.well-known/agent-card.json',
      operationId: 'getAgentCard',
      summary: 'The card of an agent, for clients of the Agent2Agent protocol.',
      description:
        'Where all agents are offered, there is a card for every name, whether an agent has it or not: nobody learns ' +
        'here which there are.',
      params: agentParams,
      errors: { AF_A2A_AGENT_UNKNOWN: errorTable.AF_A2A_AGENT_UNKNOWN },
      handler: async (request) => ({ body: publicCard(request.params['agent'] ?? '', request) }),
    },
  ];
}
