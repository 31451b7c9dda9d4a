import { finalText } from './task.js';

/** How hard to work, and until when: for a time, or for a number of runs. */
export interface Load {
  readonly concurrency: number;
  readonly ms?: number;
  readonly runs?: number;
}

let asked = 0;

/** Keeps `concurrency` runs going and checks every answer; gives the number of runs. */
export async function runLoad(
  run: (question: string) => Promise<string>,
  { concurrency, ms = Infinity, runs = Infinity }: Load,
): Promise<number> {
  const end = performance.now() + ms;
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < runs && performance.now() < end) {
      begun++;
      const text = await run(`What is the weather in Oslo? (question ${asked++})`);
      if (text !== finalText) throw new Error(`wrong answer: ${JSON.stringify(text)?.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return begun;
}
