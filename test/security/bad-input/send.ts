import { Agent, request as ask } from 'node:http';
import { connect } from 'node:net';
import type { BadRequest } from './bad-requests.ts';

/** What came back; of a stream, its beginning. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const patienceMs = 20_000;

/** Sends requests as they are: unlike fetch, it mends no path and refuses no header. */
export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  send({ method, path, headers = {}, body }: BadRequest): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#url;
      const sent = ask({ agent: this.#agent, host: hostname, port, method, path, timeout: patienceMs });
      for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
      if (body) sent.setHeader('content-length', body.length);
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${patienceMs} ms`)));
      sent.on('error', reject);
      sent.on('response', (response) => {
        const type = response.headers['content-type'] ?? '';
        const chunks: Buffer[] = [];
        const finish = (): void => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, type, headers: response.headers, text });
        };
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', finish)
          .on('error', reject);
        if (type.startsWith('text/event-stream')) {
          finish();
          sent.destroy();
        }
      });
      sent.end(body);
    });
  }

  /** Sends what need not be HTTP; resolves with all that is answered. */
  sendText(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(this.#url.port), this.#url.hostname);
      let answer = '';
      socket.setEncoding('latin1').setTimeout(patienceMs, () => socket.destroy(new Error('no answer')));
      socket.on('data', (chunk: string) => (answer += chunk));
      socket.on('close', () => resolve(answer)).on('error', reject);
      socket.end(text, 'latin1');
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
