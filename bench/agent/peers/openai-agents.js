// OpenAI Agents, over chat completions as all others; its exporter of traces would call a server elsewhere, and is off.
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import { z } from 'zod';
import { instructions, toolDescription, toolName, weather } from '../task.js';

export const packageName = '@openai/agents';

export async function create(baseURL, stream) {
  setTracingDisabled(true);
  const modelProvider = new OpenAIProvider({ apiKey: 'not-a-key', baseURL, useResponses: false });
  const runner = new Runner({ tracingDisabled: true, modelProvider });
  const parameters = z.object({ city: z.string() });
  const execute = async (input) => weather(input);
  const tools = [tool({ name: toolName, description: toolDescription, parameters, execute })];
  const agent = new Agent({ name: 'weather', instructions, model: 'fake', tools });
  return async (prompt) => {
    if (!stream) return (await runner.run(agent, prompt)).finalOutput;
    const run = await runner.run(agent, prompt, { stream: true });
    let text = '';
    for await (const piece of run.toTextStream()) text += piece;
    await run.completed;
    return text;
  };
}
