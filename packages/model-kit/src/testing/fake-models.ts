import type { Wire } from '../protocol/model-protocol.ts';
import { readText } from '../protocol/wire-fields.ts';
import { chatCompletion, chatEvents } from './fake-chat.ts';
import { messageEvents, wholeMessage } from './fake-messages.ts';
import { readQuestion, weatherModel, type FakeModel } from './fake-reply.ts';
import { responseEvents, wholeResponse } from './fake-responses.ts';
import { sendEvents, sendJson, type Behaviour } from './model-server.ts';

const dimensions = 16;

/**
 * Speaks the protocols of OpenAI (Chat Completions, Responses, embeddings) and of Anthropic (Messages), whole and
 * streamed; what is said comes from `model`. The official clients of both accept it.
 */
export function fakeModels(model: FakeModel = weatherModel): Behaviour {
  return ({ url, body }, response) => {
    const name = readText(body['model']);
    const path = new URL(url, 'http://fake').pathname;
    const streamed = body['stream'] === true;
    if (path.endsWith('/embeddings')) return sendJson(response, 200, embeddings(body, name));
    const reply = (): ReturnType<FakeModel> => model(readQuestion(body));
    if (path.endsWith('/chat/completions')) {
      if (streamed) sendEvents(response, chatEvents(reply(), name));
      else sendJson(response, 200, chatCompletion(reply(), name), { 'x-request-id': 'req_1' });
    } else if (path.endsWith('/responses')) {
      if (streamed) sendEvents(response, responseEvents(reply(), name));
      else sendJson(response, 200, wholeResponse(reply(), name), { 'x-request-id': 'req_1' });
    } else if (path.endsWith('/messages')) {
      if (streamed) sendEvents(response, messageEvents(reply(), name));
      else sendJson(response, 200, wholeMessage(reply(), name), { 'request-id': 'req_1' });
    } else {
      const message = `Invalid URL (${path})`;
      sendJson(response, 404, { error: { message, type: 'invalid_request_error', param: null, code: null } });
    }
  };
}

function embeddings({ input, encoding_format }: Wire, model: string): object {
  const written = (text: string): unknown => {
    const vector = vectorOf(text);
    if (encoding_format !== 'base64') return vector;
    return Buffer.from(new Float32Array(vector).buffer).toString('base64');
  };
  const texts = Array.isArray(input) ? input.map(String) : [String(input)];
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: written(text) }));
  const tokens = texts.join(' ').split(/\s+/).length;
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** The same text gives the same vector; that is all. */
function vectorOf(text: string): number[] {
  const vector = Array.from({ length: dimensions }, () => 0.01);
  for (let n = 0; n < text.length; n += 1) {
    const at = (text.charCodeAt(n) * 31 + n) % dimensions;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  return vector;
}
