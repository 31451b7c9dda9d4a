import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { beginAnswer } from '../answer.ts';
import { openaiError } from '../error-body.ts';
import { errorTable } from '../errors.ts';
import { completionOf, completionStream } from './chat-reply.ts';
import { chatRequestSchema, wishOfChat, type ChatRequest } from './chat-request.ts';

/** Chat completions: an agent answers a conversation. */
export function chatRoute(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    operationId: 'createChatCompletion',
    summary: 'Have an agent, a router or a workflow answer, as OpenAI’s chat completions.',
    description:
      'Tools that are sent are the caller’s: a run waits for their results. Sampling settings are the agent’s and not ' +
      'looked at.',
    tag: 'OpenAI-compatible',
    permission: 'runs:write',
    body: chatRequestSchema,
    bodyExample: { model: 'guide', messages: [{ role: 'user', content: 'How is a plugin isolated?' }] },
    responses: {
      200: {
        description: 'The answer; with `stream` its chunks as server-sent events.',
        schema: { type: 'object' },
        orStream: true,
        example: {
          id: 'chatcmpl-run_0mi9k2x5w4f1c8a7b6d5e4f30',
          object: 'chat.completion',
          created: 1_763_800_000,
          model: 'guide',
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: 'In a process of its own.', refusal: null },
              finish_reason: 'stop',
              logprobs: null,
            },
          ],
          usage: { prompt_tokens: 812, completion_tokens: 41, total_tokens: 853 },
        },
      },
    },
    errors: errorTable,
    rate: 'run',
    problemBody: openaiError,
    handler: async (request) => {
      const body = request.body as unknown as ChatRequest; // as its schema says
      const answer = await beginAnswer(runtime, wishOfChat(body), request);
      const headers = { 'x-run-id': answer.run.id };
      if (!body.stream) return { headers, body: await completionOf(answer, body.model) };
      const withUsage = body.stream_options?.include_usage === true;
      return { headers, stream: completionStream(answer, body.model, withUsage) };
    },
  };
}
