import type { LanguageModel, ModelChunk, ModelResponse } from '@agent-factory/sdk/contracts';
import { createChatEndpoint } from './chat-endpoint.ts';
import { createChatRequestWriter } from './chat-request.ts';
import { chatUrl } from './chat-url.ts';
import type { WireCompletion } from './chat-wire.ts';
import type { OpenaiConfig } from './config.ts';
import { errors } from './errors.ts';
import type { HttpAnswer } from './http-answer.ts';
import { readCompletion } from './read-completion.ts';
import { checkHeaders, keyOf, redact, requestHeaders } from './request-headers.ts';
import { pause, retryDelay } from './retry.ts';
import { reportedError, statusError } from './server-error.ts';
import { streamAnswer, type StreamReading } from './stream-answer.ts';

/** More characters than any model writes; what is longer is a fault of the server. */
const longestAnswer = 32 * 1024 * 1024;
const longestErrorBody = 64 * 1024;

/** A {@link LanguageModel} whose connections can be closed. */
export interface OpenaiLanguageModel extends LanguageModel {
  close(): void;
}

/** Talks to a server that speaks OpenAI's chat completions. */
export function createOpenaiLanguageModel(config: OpenaiConfig): OpenaiLanguageModel {
  checkHeaders(config);
  const url = chatUrl(config.provider, config.baseUrl);
  const isOpenai = url.hostname === 'api.openai.com';
  const available = keyOf(config) !== '' || !isOpenai;
  const write = createChatRequestWriter(isOpenai ? 'max_completion_tokens' : 'max_tokens');
  const endpoint = createChatEndpoint({
    url,
    timeoutMs: config.timeoutMs,
    maxSockets: config.maxSockets,
    headers: () => requestHeaders(config),
  });
  const { server } = endpoint;
  const failure = { server, redact: (text: string) => redact(text, config) };
  const garbled = (reason: string): Error =>
    errors.AF_LLM_OPENAI_BAD_RESPONSE({ server, reason: failure.redact(reason) });

  const reading: StreamReading = {
    parse(text): WireCompletion {
      let parsed: WireCompletion | null;
      try {
        parsed = JSON.parse(text) as WireCompletion | null; // every field is checked where it is used
      } catch {
        const begin = text.trim().slice(0, 80);
        throw garbled(begin === '' ? 'it is empty.' : `it is no JSON, it begins with: ${begin}`);
      }
      if (typeof parsed !== 'object' || parsed === null) throw garbled('it is no JSON object.');
      if (parsed.error !== undefined && parsed.error !== null) throw reportedError(failure, parsed.error);
      return parsed;
    },
    check(response) {
      if (!response) throw garbled('it holds no message.');
      if (response.message.toolCalls?.some((call) => call.name === '')) {
        throw garbled('it calls a tool without naming it.');
      }
      return response;
    },
    checkLength(length) {
      if (length > longestAnswer) throw garbled('it is too long.');
    },
    brokenOff: () => errors.AF_LLM_OPENAI_CONNECTION({ server, reason: 'the answer broke off.' }),
  };

  const open = async (body: string, signal: AbortSignal): Promise<HttpAnswer> => {
    if (!available) throw errors.AF_LLM_OPENAI_NO_KEY({ server });
    const answer = await endpoint.post(body, signal);
    if (answer.status === 200) return answer;
    const text = await readAll(answer, (length) => length <= longestErrorBody).catch(() => '');
    answer.release(false);
    signal.throwIfAborted();
    throw statusError(failure, answer, text);
  };

  const readWhole = async (answer: HttpAnswer): Promise<ModelResponse> => {
    const text = await readAll(answer, (length) => {
      reading.checkLength(length);
      return true;
    });
    return reading.check(readCompletion(reading.parse(text)));
  };

  return {
    provider: config.provider,
    description: isOpenai ? 'Models of OpenAI.' : `Models behind ${url.host}, an OpenAI-compatible server.`,
    available,
    async generate(request, { signal }) {
      const body = write(request, false);
      for (let tries = 0; ; tries += 1) {
        let answer: HttpAnswer | undefined;
        let wait: number | undefined;
        try {
          answer = await open(body, signal);
          return await readWhole(answer);
        } catch (error) {
          wait = signal.aborted ? undefined : retryDelay(error, tries, config);
          if (wait === undefined) throw error;
        } finally {
          answer?.release(false);
        }
        await pause(wait, signal);
      }
    },
    async *stream(request, { signal }) {
      const body = write(request, true);
      for (let tries = 0, delivered = false; ; tries += 1) {
        let answer: HttpAnswer | undefined;
        let wait: number | undefined;
        try {
          answer = await open(body, signal);
          if (!isEventStream(answer)) {
            yield* asChunks(await readWhole(answer));
            return;
          }
          for await (const chunk of streamAnswer(answer, signal, reading)) {
            delivered = true;
            yield chunk;
          }
          return;
        } catch (error) {
          wait = delivered || signal.aborted ? undefined : retryDelay(error, tries, config);
          if (wait === undefined) throw error;
        } finally {
          answer?.release(false);
        }
        await pause(wait, signal);
      }
    },
    close: () => endpoint.close(),
  };
}

async function readAll(answer: HttpAnswer, goOn: (length: number) => boolean): Promise<string> {
  let all = '';
  for (let text = await answer.read(); text !== undefined; text = await answer.read()) {
    all += text;
    if (!goOn(all.length)) break;
  }
  return all;
}

/** Some servers answer at once although they were asked to stream; a wrong address answers with a page. */
function isEventStream(answer: HttpAnswer): boolean {
  return !/json|html/.test(answer.headers['content-type'] ?? '');
}

function* asChunks(response: ModelResponse): Generator<ModelChunk, void> {
  if (response.message.content !== '') yield { type: 'text', text: response.message.content };
  yield { type: 'finish', response };
}
