import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { ServerSentEvent } from '@agent-factory/sdk/contracts';
import { jsonOf, type Answer } from '../answer.ts';
import { callItem, messageItem, responseOf, textPart } from './response-body.ts';
import { responseIdOf } from './earlier.ts';
import type { ResponsesRequest } from './responses-request.ts';

/** A response as it is written, in the events that OpenAI's clients know. */
export async function* responseStream(
  { run, pieces }: Answer,
  request: ResponsesRequest,
): AsyncGenerator<ServerSentEvent> {
  let sequence = 0;
  const event = (type: string, data: object): ServerSentEvent => ({
    event: type,
    data: { type, sequence_number: sequence++, ...(jsonOf(data) as JsonObject) }, // an object, as given
  });
  const output: object[] = [];
  const id = `msg_${responseIdOf(run)}`;
  const place = { item_id: id, output_index: 0, content_index: 0 };
  const begun = responseOf({ run, request, status: 'in_progress', output });
  let said = '';
  let isOpen = false;
  const open = function* (): Generator<ServerSentEvent> {
    if (isOpen) return;
    isOpen = true;
    yield event('response.output_item.added', { output_index: 0, item: messageItem(id, undefined) });
    yield event('response.content_part.added', { ...place, part: textPart('') });
  };
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  try {
    for await (const piece of pieces) {
      if (piece.type === 'text') {
        yield* open();
        said += piece.text;
        yield event('response.output_text.delta', { ...place, delta: piece.text, logprobs: [] });
        continue;
      }
      const { calls, usage } = piece;
      if (calls.length === 0) yield* open(); // an answer may be empty, and is one all the same
      if (isOpen) {
        const item = messageItem(id, said);
        output.push(item);
        yield event('response.output_text.done', { ...place, text: said, logprobs: [] });
        yield event('response.content_part.done', { ...place, part: textPart(said) });
        yield event('response.output_item.done', { output_index: 0, item });
      }
      for (const call of calls) {
        const item = callItem(call);
        const at = { output_index: output.length, item_id: item.id };
        yield event('response.output_item.added', {
          output_index: output.length,
          item: callItem(call, false),
        });
        yield event('response.function_call_arguments.delta', { ...at, delta: item.arguments });
        yield event('response.function_call_arguments.done', {
          ...at,
          name: call.name,
          arguments: item.arguments,
        });
        yield event('response.output_item.done', { output_index: output.length, item });
        output.push(item);
      }
      yield event('response.completed', {
        response: responseOf({ run, request, status: 'completed', output, usage }),
      });
    }
  } catch (error) {
    if (!isAgentFactoryError(error)) throw error;
    const { code, message, fix } = error;
    const failed = { code, message: `${message} ${fix}` };
    yield event('response.failed', {
      response: responseOf({ run, request, status: 'failed', output, error: failed }),
    });
  }
}
