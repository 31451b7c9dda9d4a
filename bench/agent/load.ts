import { finalText } from './task.js';

/** How hard to work, and how many runs. */
export interface Load {
  readonly concurrency: number;
  readonly runs: number;
}

let asked = 0;

/** Keeps `concurrency` runs going and checks every answer; gives the number of runs begun. */
export async function runLoad(
  run: (question: string) => Promise<string>,
  { concurrency, runs }: Load,
): Promise<number> {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < runs) {
      begun++;
      const text = await run(`What is the weather in Oslo? (question ${asked++})`);
      if (text !== finalText) throw new Error(`wrong answer: ${JSON.stringify(text)?.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return begun;
}
