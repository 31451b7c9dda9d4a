import type { JsonObject } from '@agent-factory/sdk';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { inputModes } from '../message/content.ts';
import { protocolVersion } from '../wire.ts';

/** What a card says of an agent. */
export interface CardFacts {
  readonly name: string;
  /** As far as whoever reads the card may know it. */
  readonly definition?: Pick<AgentDefinition, 'description' | 'examples' | 'output'>;
  /** Where the platform is reached: `https://agents.example`. */
  readonly base: string;
  readonly version: string;
  /** Whether somebody must prove who they are. */
  readonly hasLogin: boolean;
}

/** The card of an agent. */
export function agentCard({ name, definition, base, version, hasLogin }: CardFacts): JsonObject {
  const usual = `The agent "${name}". Its extended card says more to those who may look at it.`;
  const description = definition?.description ?? usual;
  const outputModes = definition && !definition.output ? ['text/plain'] : ['text/plain', 'application/json'];
  const isJson = definition?.output !== undefined;
  return {
    name,
    description,
    supportedInterfaces: [{ url: `${base}/a2a/${name}`, protocolBinding: 'JSONRPC', protocolVersion }],
    version,
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true },
    ...(hasLogin && {
      securitySchemes: {
        bearer: {
          httpAuthSecurityScheme: {
            scheme: 'Bearer',
            description: 'A key or an access token of the platform.',
          },
        },
      },
      securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    }),
    defaultInputModes: [...inputModes],
    defaultOutputModes: isJson ? ['application/json'] : outputModes,
    skills: [
      {
        id: 'ask',
        name: `Ask ${name}`,
        description,
        tags: ['agent'],
        ...(definition?.examples && { examples: [...definition.examples] }),
      },
    ],
  };
}
