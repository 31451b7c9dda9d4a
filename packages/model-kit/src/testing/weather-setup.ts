import type { LanguageModelSetup } from '@agent-factory/sdk/testing';
import type { HttpProvider } from '../provider/http-provider.ts';
import { fakeModels } from './fake-models.ts';
import { startModelServer, type ModelServer } from './model-server.ts';

/** What the suite of language models needs, for a provider that asks {@link fakeModels}. */
export async function weatherSetup(
  create: (server: ModelServer) => HttpProvider,
  model = 'fake',
): Promise<LanguageModelSetup> {
  const server = await startModelServer(fakeModels());
  const provider = create(server);
  return {
    provider: provider.model,
    model,
    textPrompt: 'How is the weather?',
    tool: {
      name: 'get_weather',
      description: 'The weather in a city.',
      input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
    toolPrompt: 'How is the weather in Oslo?',
    toolInput: { city: 'Oslo' },
    toolResult: '{"degrees":7}',
    answerHolds: '7 degrees',
    structured: {
      prompt: 'How is the weather in Oslo, as JSON?',
      schema: {
        type: 'object',
        properties: { city: { type: 'string' }, degrees: { type: 'number' } },
        required: ['city', 'degrees'],
        additionalProperties: false,
      },
      answer: { city: 'Oslo', degrees: 7 },
    },
    close: async () => {
      provider.close();
      await server.close();
    },
  };
}
