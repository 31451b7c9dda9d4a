// AI SDK: generateText and streamText with one tool.
import { createOpenAICompatible } from 'ai-sdk-7-openai-compatible';
import { generateText, isStepCount, streamText, tool } from 'ai-sdk-7';
import { z } from 'zod';
import { instructions, toolDescription, toolName, weather } from '../task.js';

export const packageName = 'ai-sdk-7';

export async function create(baseURL, stream) {
  const model = createOpenAICompatible({ name: 'fake', baseURL, apiKey: 'not-a-key' })('fake');
  const inputSchema = z.object({ city: z.string() });
  const execute = async (input) => weather(input);
  const tools = { [toolName]: tool({ description: toolDescription, inputSchema, execute }) };
  const common = { model, tools, instructions, stopWhen: isStepCount(5) };
  return async (prompt) => {
    if (!stream) return (await generateText({ ...common, prompt })).text;
    let text = '';
    for await (const piece of streamText({ ...common, prompt }).textStream) text += piece;
    return text;
  };
}
