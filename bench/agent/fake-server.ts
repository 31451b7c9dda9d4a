// A deterministic OpenAI-compatible server without think time, in a process of its own. The first turn of a run is
// answered with a call of the tool, the turn that brings the tool's result with a fixed text.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCalls } from './calls.ts';
import { finalText } from './task.js';

interface ChatRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly { readonly role: string }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

let turns = { tool: 0, final: 0, bad: 0 };
let count = 0;

function answer(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function refuse(response: ServerResponse, message: string): void {
  turns.bad++;
  answer(response, 400, { error: { message, type: 'invalid_request_error' } });
}

function complete(request: ChatRequest, response: ServerResponse): void {
  const id = ++count;
  const done = request.messages?.some(({ role }) => role === 'tool') ?? false;
  const tool = request.tools?.[0]?.function.name;
  if (!done && tool === undefined) return refuse(response, 'no tools offered');
  if (done) turns.final++;
  else turns.tool++;
  const call = { id: `call_${id}`, type: 'function', function: { name: tool, arguments: '{"city":"Oslo"}' } };
  const message = done ? { content: finalText } : { content: null, tool_calls: [call] };
  const usage = {
    prompt_tokens: done ? 92 : 61,
    completion_tokens: done ? 22 : 14,
    total_tokens: done ? 114 : 75,
  };
  const head = { id: `chatcmpl-${id}`, created: 1_700_000_000, model: request.model ?? 'fake' };
  if (request.stream) {
    const pieces = done
      ? finalText.split(/(?<= )/).map((content) => ({ content }))
      : ['{"city"', ':"Os', 'lo"}'].map((part, at) => ({
          tool_calls: [
            {
              index: 0,
              ...(at === 0 ? call : {}),
              function: { ...(at === 0 && { name: tool }), arguments: part },
            },
          ],
        }));
    const choices = [
      { role: 'assistant', content: '' },
      ...pieces,
      undefined, // the end
    ].map((delta) => ({
      index: 0,
      delta: delta ?? {},
      finish_reason: delta ? null : done ? 'stop' : 'tool_calls',
    }));
    const chunks = [...choices.map((choice) => ({ choices: [choice] })), { choices: [], usage }];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const chunk of chunks)
      response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...chunk })}\n\n`);
    response.end('data: [DONE]\n\n');
    return;
  }
  answer(response, 200, {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', refusal: null, ...message },
        logprobs: null,
        finish_reason: done ? 'stop' : 'tool_calls',
      },
    ],
    usage,
  });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    try {
      complete(JSON.parse(Buffer.concat(chunks).toString('utf8')) as ChatRequest, response);
    } catch {
      refuse(response, 'no JSON');
    }
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // it listens on TCP
  serveCalls({
    url: async () => `http://127.0.0.1:${port}/v1`,
    turns: async () => {
      const seen = turns;
      turns = { tool: 0, final: 0, bad: 0 };
      return seen;
    },
  });
});
