// LangGraph: its ready-made agent, nothing kept.
import { tool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { instructions, toolDescription, toolName, weather } from '../task.js';

export const packageName = '@langchain/langgraph';

export async function create(baseURL, stream) {
  const llm = new ChatOpenAI({
    model: 'fake',
    apiKey: 'not-a-key',
    configuration: { baseURL },
    useResponsesApi: false,
  });
  const schema = z.object({ city: z.string() });
  const run = async (input) => JSON.stringify(weather(input));
  const tools = [tool(run, { name: toolName, description: toolDescription, schema })];
  const agent = createReactAgent({ llm, prompt: instructions, tools });
  return async (content) => {
    const input = { messages: [{ role: 'user', content }] };
    if (!stream) return (await agent.invoke(input)).messages.at(-1).content;
    let text = '';
    for await (const [message] of await agent.stream(input, { streamMode: 'messages' }))
      if (message.getType() === 'ai' && typeof message.content === 'string') text += message.content;
    return text;
  };
}
