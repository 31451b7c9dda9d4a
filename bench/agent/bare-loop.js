// The least an agent can be: the platform's own fetch in a loop, no checks, nothing written down.
import { instructions, toolDescription, toolInput, toolName, weather } from './task.js';

const tools = [
  { type: 'function', function: { name: toolName, description: toolDescription, parameters: toolInput } },
];

/** The message of a streamed answer, put together from its pieces. */
async function readStream(response) {
  const message = { role: 'assistant', content: '' };
  const calls = [];
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + part).split('\n\n');
    text = events.pop();
    for (const event of events) {
      if (event === 'data: [DONE]') continue;
      const delta = JSON.parse(event.slice(6)).choices[0]?.delta;
      if (delta?.content) message.content += delta.content;
      for (const { index, id, function: piece } of delta?.tool_calls ?? []) {
        calls[index] ??= { id, type: 'function', function: { name: piece.name, arguments: '' } };
        calls[index].function.arguments += piece.arguments;
      }
    }
  }
  return calls.length > 0 ? { ...message, tool_calls: calls } : message;
}

/** Makes the loop against an OpenAI-compatible server; `stream`: answers come in pieces. */
export function createBareLoop(baseUrl, stream = false) {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer not-a-key' };
  const ask = async (messages) => {
    const body = JSON.stringify({ model: 'fake', messages, tools, ...(stream && { stream }) });
    const response = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return stream ? readStream(response) : (await response.json()).choices[0].message;
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
