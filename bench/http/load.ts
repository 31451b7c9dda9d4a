import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Served } from './subject.ts';

/** How hard to ask, and how often. */
export interface Load {
  readonly concurrency: number;
  readonly requests: number;
}

/** A load that does not wait for answers, as that of many clients does not. */
export interface SteadyLoad {
  readonly perSecond: number;
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
      times.push(await timed(served, answer, performance.now()));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return times;
}

/**
 * Asks at fixed moments. The milliseconds count from the moment at which a request was due, so that one that waits
 * behind a slow answer is as slow as its client finds it.
 */
export async function steadyLoad(
  served: Served,
  answer: string,
  { perSecond, requests }: SteadyLoad,
): Promise<number[]> {
  const start = performance.now();
  const asked: Promise<number>[] = [];
  while (asked.length < requests) {
    const due = start + (asked.length * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    else {
      const one = timed(served, answer, due);
      one.catch(() => {}); // told below, with all others
      asked.push(one);
    }
  }
  return Promise.all(asked);
}

/** Milliseconds from `since` to an answer that is the right one. */
async function timed(served: Served, answer: string, since: number): Promise<number> {
  const { status, text } = await ask(served);
  const took = performance.now() - since;
  if (status !== 200 || text !== answer) throw new Error(`${status} ${text.slice(0, 200)}`);
  return took;
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
