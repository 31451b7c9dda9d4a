import { createPacker } from '@agent-factory/sdk/bridge';

const packer = createPacker({ lend: refuse, stream: refuse, borrow: refuse, follow: refuse });

/**
 * An answer as the JSON that its contract says it is. The bridge would carry functions and methods of classes along,
 * and a plugin could call what nobody meant to lend.
 */
export function dataOf<T>(answer: T): T {
  return packer.isRich(answer) ? jsonOf(answer) : answer; // nothing but JSON crosses below its top
}

/** The same for what is lent, which the bridge carries whole, however deep its functions are. */
export function jsonOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value) ?? 'null') as T; // of the same shape, as it is to be JSON
}

function refuse(): never {
  throw new Error('it is no data');
}
