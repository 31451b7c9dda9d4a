import {
  modelErrors,
  type LanguageModel,
  type ModelCallOptions,
  type ModelCapabilities,
  type ModelChunk,
  type ModelRequest,
  type ModelResponse,
} from '@agent-factory/sdk/contracts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { requestIdOf, type AnswerReader } from '../http/json-answer.ts';
import type { ModelProtocol } from './model-protocol.ts';
import { streamAnswer, type StreamReading } from './stream-answer.ts';

/** What a language model behind a server is made of. */
export interface HttpLanguageModelOptions {
  readonly provider: string;
  readonly description: string;
  /** Absent where calls can work; else what is to be set: "the environment variable …". */
  readonly missingKey?: string;
  readonly protocol: ModelProtocol;
  readonly reader: AnswerReader;
  capabilities(model: string): ModelCapabilities;
}

/** A language model that is asked over HTTP. Each call is tried once. */
export function createHttpLanguageModel(options: HttpLanguageModelOptions): LanguageModel {
  const { provider, description, missingKey, protocol, reader } = options;
  const { server, garbled } = reader;

  const check = (response: ModelResponse | undefined): ModelResponse => {
    if (!response) throw garbled('it holds no message.');
    if (response.message.toolCalls?.some((call) => call.name === '')) {
      throw garbled('it calls a tool without naming it.');
    }
    return response;
  };
  const reading: StreamReading = {
    parse: reader.parse,
    checkLength: reader.checkLength,
    check,
    reported: reader.reported,
    brokenOff: () =>
      modelErrors.AF_MODEL_STREAM_BROKEN({ server, reason: 'it ended before the answer did.' }),
  };
  const open = async (
    request: ModelRequest,
    stream: boolean,
    { signal, idempotencyKey }: ModelCallOptions,
  ): Promise<HttpAnswer> => {
    signal.throwIfAborted();
    if (missingKey !== undefined) throw modelErrors.AF_MODEL_NO_KEY({ server, setting: missingKey });
    const headers = idempotencyKey === undefined ? undefined : { 'idempotency-key': idempotencyKey };
    return reader.open(protocol.path, protocol.write(request, stream), {
      signal,
      ...(headers && { headers }),
    });
  };
  const readWhole = async (answer: HttpAnswer, request: ModelRequest): Promise<ModelResponse> =>
    withRequestId(check(protocol.read(await reader.readJson(answer), request)), answer);

  return {
    provider,
    description,
    available: missingKey === undefined,
    capabilities: async (model) => ({ streaming: true, ...options.capabilities(model) }),
    async generate(request, call) {
      const answer = await open(request, false, call);
      try {
        return await readWhole(answer, request);
      } finally {
        answer.release(false);
      }
    },
    async *stream(request, call) {
      const answer = await open(request, true, call);
      try {
        if (isEventStream(answer)) {
          for await (const chunk of streamAnswer(
            answer,
            protocol.startStream(request),
            call.signal,
            reading,
          )) {
            yield chunk.type === 'finish'
              ? { type: 'finish', response: withRequestId(chunk.response, answer) }
              : chunk;
          }
        } else yield* asChunks(await readWhole(answer, request));
      } finally {
        answer.release(false);
      }
    },
  };
}

function withRequestId(response: ModelResponse, { headers }: HttpAnswer): ModelResponse {
  const requestId = requestIdOf(headers);
  return requestId === undefined ? response : { ...response, requestId };
}

/** Some servers answer at once although they were asked to stream; a wrong address answers with a page. */
function isEventStream(answer: HttpAnswer): boolean {
  return !/json|html/.test(answer.headers['content-type'] ?? '');
}

function* asChunks(response: ModelResponse): Generator<ModelChunk, void> {
  if (response.message.content !== '') yield { type: 'text', text: response.message.content };
  yield { type: 'finish', response };
}
