// VoltAgent as it comes: its memory of the conversation and its own record of runs are kept in the process.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent, createTool } from '@voltagent/core';
import { z } from 'zod';
import { instructions, toolDescription, toolName, weather } from '../task.js';

// It warns of its own messages with every question.
console.warn = () => {};

export const packageName = '@voltagent/core';

export async function create(baseURL, stream) {
  const parameters = z.object({ city: z.string() });
  const execute = async (input) => weather(input);
  const agent = new Agent({
    name: 'weather',
    instructions,
    model: createOpenAICompatible({ name: 'fake', baseURL, apiKey: 'not-a-key' })('fake'),
    tools: [createTool({ name: toolName, description: toolDescription, parameters, execute })],
  });
  return async (prompt) => {
    if (!stream) return (await agent.generateText(prompt, { maxSteps: 5 })).text;
    let text = '';
    for await (const piece of (await agent.streamText(prompt, { maxSteps: 5 })).textStream) text += piece;
    return text;
  };
}
