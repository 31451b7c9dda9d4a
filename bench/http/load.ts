import { Agent, request } from 'node:http';
import type { Served } from './subject.ts';

/** How hard to ask, and how often. */
export interface Load {
  readonly concurrency: number;
  readonly requests: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Asks over kept-alive connections and checks every answer; gives back the milliseconds each took. */
export async function load(
  served: Served,
  answer: string,
  { concurrency, requests }: Load,
): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < requests) {
      begun++;
      const at = performance.now();
      const { status, text } = await ask(served);
      times.push(performance.now() - at);
      if (status !== 200 || text !== answer) throw new Error(`${status} ${text.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return times;
}

/** One answer. */
export function ask({ url, path, headers }: Served): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(url + path, { agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject).once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .once('error', reject)
      .end();
  });
}
