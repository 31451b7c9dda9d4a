// Mastra: an agent without memory.
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';
import { instructions, toolDescription, toolName, weather } from '../task.js';

export const packageName = '@mastra/core';

export async function create(url, stream) {
  const inputSchema = z.object({ city: z.string() });
  const execute = async (input) => weather(input);
  const agent = new Agent({
    id: 'weather',
    name: 'weather',
    instructions,
    model: { id: 'fake/fake', url, apiKey: 'not-a-key' },
    tools: { [toolName]: createTool({ id: toolName, description: toolDescription, inputSchema, execute }) },
  });
  return async (prompt) => {
    if (!stream) return (await agent.generate(prompt, { maxSteps: 5 })).text;
    let text = '';
    for await (const piece of (await agent.stream(prompt, { maxSteps: 5 })).textStream) text += piece;
    return text;
  };
}
