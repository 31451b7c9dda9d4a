import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Characters that may wait for a slow reader before the server is made to wait too. */
const highWater = 256 * 1024;

/** An answer as it comes in. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All text that came since the last read; waits for some; `undefined` at the end. */
  read(): Promise<string | undefined>;
  /** Ends the exchange. `said`: all that matters has come, so the connection may still be worth keeping. */
  release(said: boolean): void;
}

/** The side of an {@link HttpAnswer} that the connection talks to. */
export interface HttpAnswerFeed {
  readonly answer: HttpAnswer;
  /** True while the reader makes the server wait, so that silence is not the server's. */
  readonly paused: boolean;
  /** Makes this and every later read fail. */
  fail(error: unknown): void;
}

/** Turns a response into text that is pulled; UTF-8 may be cut anywhere. `onText` hears of every arrival. */
export function feedAnswer(
  response: IncomingMessage,
  onText: () => void,
  onEnd: () => void,
  release: (said: boolean) => void,
): HttpAnswerFeed {
  let text = '';
  let ended = false;
  let paused = false;
  let failure: { readonly error: unknown } | undefined;
  let waiting: { resolve(text: string | undefined): void; reject(error: unknown): void } | undefined;

  const take = (): string => {
    const taken = text;
    text = '';
    if (paused) {
      paused = false;
      response.resume();
    }
    return taken;
  };

  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    onText();
    if (waiting) {
      const reader = waiting;
      waiting = undefined;
      reader.resolve(chunk);
      return;
    }
    text += chunk;
    if (text.length > highWater) {
      paused = true;
      response.pause();
    }
  });
  response.on('end', () => {
    ended = true;
    onEnd();
    waiting?.resolve(undefined);
    waiting = undefined;
  });

  const answer: HttpAnswer = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    read: () =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure.error as Error); // as it came: an abort may carry any reason
        else if (text !== '') resolve(take());
        else if (ended) resolve(undefined);
        else waiting = { resolve, reject };
      }),
    release,
  };
  return {
    answer,
    get paused() {
      return paused;
    },
    fail(error) {
      failure = { error };
      text = '';
      waiting?.reject(error);
      waiting = undefined;
    },
  };
}
