import { createPacker } from '@agent-factory/sdk/bridge';

const packer = createPacker({ lend: refuse, stream: refuse, borrow: refuse, follow: refuse });

/**
 * An answer as the JSON that its contract says it is. The bridge would carry functions and methods of classes along,
 * and a plugin could call what nobody meant to lend.
 */
export function dataOf<T>(answer: T): T {
  return packer.isRich(answer) ? (JSON.parse(JSON.stringify(answer) ?? 'null') as T) : answer;
}

function refuse(): never {
  throw new Error('it is no data');
}
