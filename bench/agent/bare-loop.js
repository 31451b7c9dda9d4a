// The least an agent can be: the platform's own fetch in a loop, no checks, nothing written down.
import { instructions, toolDescription, toolInput, toolName, weather } from './task.js';

const tools = [
  { type: 'function', function: { name: toolName, description: toolDescription, parameters: toolInput } },
];

/** Makes the loop against an OpenAI-compatible server. */
export function createBareLoop(baseUrl) {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer not-a-key' };
  const ask = async (messages) => {
    const body = JSON.stringify({ model: 'fake', messages, tools });
    const response = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return (await response.json()).choices[0].message;
  };
  return async (question) => {
    const messages = [
      { role: 'system', content: instructions },
      { role: 'user', content: question },
    ];
    for (let turn = 0; turn < 5; turn++) {
      const answer = await ask(messages);
      if (!answer.tool_calls?.length) return answer.content;
      messages.push(answer);
      for (const { id, function: call } of answer.tool_calls) {
        const content = JSON.stringify(weather(JSON.parse(call.arguments)));
        messages.push({ role: 'tool', tool_call_id: id, content });
      }
    }
    throw new Error('too many turns');
  };
}
