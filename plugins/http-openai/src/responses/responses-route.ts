import type { AgentRuntime, HttpRequest, HttpRoute } from '@agent-factory/sdk/contracts';
import { beginAnswer, wholeAnswer, type Answer } from '../answer.ts';
import { openaiError } from '../error-body.ts';
import { errorTable } from '../errors.ts';
import { earlierMessages, responseIdOf } from './earlier.ts';
import { callItem, messageItem, responseOf } from './response-body.ts';
import { responseStream } from './response-stream.ts';
import { responsesRequestSchema, wishOfResponses, type ResponsesRequest } from './responses-request.ts';

/** Responses: an agent answers, and goes on with what it answered before. */
export function responsesRoute(runtime: AgentRuntime): HttpRoute {
  const begin = async (body: ResponsesRequest, request: HttpRequest): Promise<Answer> => {
    const wish = wishOfResponses(body);
    const { principal } = request;
    const previous = body.previous_response_id ?? undefined;
    // The results of calls say themselves where they belong.
    if (previous === undefined || wish.results.length > 0) return beginAnswer(runtime, wish, request);
    const before = await earlierMessages(runtime.tenant(principal.tenant), previous, principal.id);
    return beginAnswer(runtime, { ...wish, messages: [...before, ...wish.messages] }, request);
  };

  return {
    method: 'POST',
    path: '/v1/responses',
    operationId: 'createOpenaiResponse',
    summary: 'Have an agent, a router or a workflow answer, as OpenAI’s responses.',
    description:
      'A response is kept as the journal of its run, and `previous_response_id` goes on with it. Functions that are ' +
      'sent are the caller’s: a run waits for their outputs. Sampling settings are the agent’s and not looked at.',
    tag: 'OpenAI-compatible',
    permission: 'runs:write',
    body: responsesRequestSchema,
    bodyExample: { model: 'guide', input: 'How is a plugin isolated?' },
    responses: {
      200: {
        description: 'The response; with `stream` its events as server-sent events.',
        schema: { type: 'object' },
        orStream: true,
        example: {
          id: 'resp_run_0mi9k2x5w4f1c8a7b6d5e4f30_1',
          object: 'response',
          status: 'completed',
          model: 'guide',
          output: [
            {
              type: 'message',
              role: 'assistant',
              content: [{ type: 'output_text', text: 'In a process of its own.', annotations: [] }],
            },
          ],
        },
      },
    },
    errors: errorTable,
    rate: 'run',
    problemBody: openaiError,
    handler: async (request) => {
      const body = request.body as unknown as ResponsesRequest; // as its schema says
      const answer = await begin(body, request);
      const headers = { 'x-run-id': answer.run.id };
      if (body.stream) return { headers, stream: responseStream(answer, body) };
      const { text, calls, usage } = await wholeAnswer(answer);
      const isSaid = text !== '' || calls.length === 0;
      const output = [
        ...(isSaid ? [messageItem(`msg_${responseIdOf(answer.run)}`, text)] : []),
        ...calls.map((call) => callItem(call)),
      ];
      const parts = { run: answer.run, request: body, output, usage };
      return { headers, body: responseOf({ ...parts, status: 'completed' }) };
    },
  };
}
