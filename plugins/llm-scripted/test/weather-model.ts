import type { LanguageModelSetup } from '@agent-factory/sdk/testing';
import type { ScriptStep } from '../src/config.ts';

/** What the suite of language models is answered with. */
export const weatherScript: readonly ScriptStep[] = [
  {
    when: { contains: 'weather' },
    reply: { toolCalls: [{ name: 'get_weather', input: { city: 'Oslo' } }] },
  },
  { when: { contains: 'weather' }, reply: { text: 'It says: {{toolResult}}' } },
  { when: { contains: 'as JSON' }, reply: { json: { city: 'Oslo', degrees: 7 } } },
  'Good day to you.',
];

/** What that suite asks. */
export const weatherModel: Omit<LanguageModelSetup, 'provider'> = {
  model: 'demo',
  textPrompt: 'Hello',
  tool: { name: 'get_weather', description: 'The weather in a city.', input: { type: 'object' } },
  toolPrompt: 'How is the weather in Oslo?',
  toolInput: { city: 'Oslo' },
  toolResult: 'rain',
  answerHolds: 'It says: rain',
  structured: {
    prompt: 'Oslo, as JSON',
    schema: { type: 'object' },
    answer: { city: 'Oslo', degrees: 7 },
  },
};
