import { request, type IncomingMessage } from 'node:http';

/** A stream of server-sent events as a client reads it. */
export interface TestEventSource {
  readonly response: IncomingMessage;
  /** Everything received so far. */
  text(): string;
  /** Resolves once `part` was received, rejects when the stream ends before. */
  until(part: string): Promise<void>;
  /** Resolves when the stream ends. */
  readonly ended: Promise<void>;
  leave(): void;
}

/** Opens an event stream. */
export function openEvents(url: string, headers: Record<string, string> = {}): Promise<TestEventSource> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      let text = '';
      const ended = Promise.withResolvers<void>();
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('close', () => ended.resolve());
      response.on('error', () => {}); // a cut connection is also an end
      const until = (part: string): Promise<void> =>
        new Promise((found, lost) => {
          const look = (): void => {
            if (!text.includes(part)) return;
            response.off('data', look);
            found();
          };
          response.on('data', look).once('close', () => lost(new Error(`ended after ${text}`)));
          look();
        });
      resolve({ response, text: () => text, until, ended: ended.promise, leave: () => sent.destroy() });
    });
    sent.once('error', reject).end();
  });
}
