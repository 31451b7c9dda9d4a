import type { RequestOptions } from 'node:http';
import { isStale, lost } from './connection-error.ts';
import { errors } from './errors.ts';
import { feedAnswer, type HttpAnswer, type HttpAnswerFeed } from './http-answer.ts';

/** How long a server may take to end an answer that has said all, before the connection is given up. */
const lingerMs = 1000;

/** Where requests go. */
export interface ChatEndpointOptions {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly maxSockets: number;
  /** Headers of one request; asked for anew each time, so that keys are kept nowhere. */
  headers(): Record<string, string>;
}

/** The one place that opens connections. */
export interface ChatEndpoint {
  /** For messages: the address without its query. */
  readonly server: string;
  /** Sends a body; resolves with the answer's head. Rejects with our errors, or with the signal's reason. */
  post(body: string, signal: AbortSignal): Promise<HttpAnswer>;
  /** Closes every connection. */
  close(): void;
}

/** Speaks HTTP over kept-alive connections with node:http, which costs a third of what `fetch` does. */
export function createChatEndpoint(options: ChatEndpointOptions): ChatEndpoint {
  const { url, timeoutMs, maxSockets } = options;
  const secure = url.protocol === 'https:';
  const server = url.origin + url.pathname;
  // Not imported: an import of node:http loads all of fetch with it, some 60 ms at each start.
  const { Agent, request } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
  const agent = new Agent({ keepAlive: true, maxSockets, scheduling: 'lifo' });
  const base: RequestOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: url.pathname + url.search,
    method: 'POST',
  };

  const send = (body: string, signal: AbortSignal, fresh: boolean): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      let feed: HttpAnswerFeed | undefined;
      let settled = false;
      let ending = false;
      const settle = (): void => {
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown): void => {
        if (settled) return;
        settle();
        exchange.destroy();
        if (feed) feed.fail(error);
        else reject(error as Error); // as it came: an abort may carry any reason
      };
      const onAbort = (): void => fail(signal.reason);
      const onLost = (error: NodeJS.ErrnoException): void => {
        if (settled || feed || fresh || !exchange.reusedSocket || !isStale(error)) {
          fail(lost(server, error));
          return;
        }
        // The server had closed the kept connection before it saw the request: say it again on a new one.
        settle();
        send(body, signal, true).then(resolve, reject);
      };
      const heard = (): void => {
        timer.refresh();
      };
      const release = (said: boolean): void => {
        if (settled || ending) return;
        if (!said) {
          fail(errors.AF_LLM_OPENAI_CONNECTION({ server, reason: 'the answer was given up.' }));
          return;
        }
        ending = true;
        clearTimeout(timer);
        timer = setTimeout(() => exchange.destroy(), lingerMs).unref();
      };

      let timer = setTimeout(() => {
        if (feed?.paused) timer.refresh();
        else fail(errors.AF_LLM_OPENAI_TIMEOUT({ server, ms: timeoutMs }));
      }, timeoutMs);
      const exchange = request({ ...base, agent: fresh ? false : agent, headers: options.headers() });
      exchange.on('response', (response) => {
        timer.refresh();
        response.on('error', onLost);
        feed = feedAnswer(response, heard, settle, release);
        resolve(feed.answer);
      });
      exchange.on('error', onLost);
      exchange.on('close', () => {
        if (!settled) fail(lost(server));
      });
      signal.addEventListener('abort', onAbort, { once: true });
      exchange.end(body);
    });

  return {
    server,
    async post(body, signal) {
      signal.throwIfAborted();
      return send(body, signal, false);
    },
    close: () => agent.destroy(),
  };
}
