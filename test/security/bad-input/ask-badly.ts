import { setTimeout as sleep } from 'node:timers/promises';
import type { BadRequest } from './bad-requests.ts';
import { codeOf, faultsOf, type AnswerRules } from './faults-of.ts';
import type { FilledPlatform } from './filled-platform.ts';
import type { Sender } from './send.ts';
import { badRequestsFor, type Asked } from './targets.ts';

const atOnce = 8;

/** What was found of one operation. */
export interface Findings {
  readonly sent: number;
  /** How many were carried out: they were right by chance. */
  readonly taken: number;
  /** What is not as it must be, each a line. */
  readonly faults: readonly string[];
  /** Codes of problems that were answered. */
  readonly codes: ReadonlySet<string>;
}

/**
 * Sends all bad requests of an operation, then those that were refused once more where others were carried out between:
 * what refuses must leave everything as it was.
 */
export async function askBadly(
  platform: FilledPlatform,
  sender: Sender,
  asked: Asked,
  { rules, isDear }: { readonly rules: AnswerRules; readonly isDear: boolean },
): Promise<Findings> {
  const { id } = asked;
  const requests = badRequestsFor(asked, isDear);
  const faults: string[] = [];
  const codes = new Set<string>();
  const ask = async (some: readonly BadRequest[]): Promise<BadRequest[]> => {
    const refused: BadRequest[] = [];
    const queue = some.values();
    const work = async (): Promise<void> => {
      for (const request of queue) {
        try {
          const reply = await sender.send(request);
          faults.push(...faultsOf(id, request, reply, rules));
          if (reply.status < 400) continue;
          refused.push(request);
          codes.add(codeOf(reply));
        } catch (error) {
          faults.push(
            `${id}, ${request.what}: ${request.method} ${request.path.slice(0, 80)}: ${String(error)}`,
          );
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return refused;
  };
  let before = await platform.dump();
  const refused = await ask(requests);
  const taken = requests.length - refused.length;
  let some = refused;
  while (taken > 0 && some.length > 0) {
    before = await settled(platform);
    const again = await ask(some);
    if (again.length === some.length) break;
    some = again; // what was refused for a state that has changed
  }
  if ((await platform.dump()) !== before) faults.push(`${id} changes something though it refuses all`);
  return { sent: requests.length, taken, faults: [...new Set(faults)], codes };
}

/** Once nothing goes on any more of what was carried out. */
async function settled(platform: FilledPlatform): Promise<string> {
  let before = await platform.dump();
  for (;;) {
    await sleep(5);
    const now = await platform.dump();
    if (now === before) return now;
    before = now;
  }
}
