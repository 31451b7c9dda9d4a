import type { LanguageModelSetup } from '@agent-factory/sdk/testing';
import { calculate } from './tools.ts';

/** What the suite of language models asks of this one. */
export const localModel: Omit<LanguageModelSetup, 'provider'> = {
  model: 'tools',
  textPrompt: 'Hello',
  tool: { name: calculate.name, description: calculate.description, input: calculate.input },
  toolPrompt: 'What is 12 * (3 + 4)?',
  toolInput: { expression: '12 * (3 + 4)' },
  toolResult: '{"expression":"12 * (3 + 4)","result":84}',
  answerHolds: 'The result is 84.',
  structured: {
    prompt: 'I live in Oslo and have 3 dogs.',
    schema: {
      type: 'object',
      properties: { city: { type: 'string' }, dogs: { type: 'integer' } },
      required: ['city', 'dogs'],
    },
    answer: { city: 'Oslo', dogs: 3 },
  },
};
