import type { Json } from '@agent-factory/sdk';
import type { Principal } from '@agent-factory/sdk/contracts';

/** A domain value as a JSON body. Interfaces of the domain hold JSON alone, but lack the index signature of Json. */
export function jsonOf(value: object): Json {
  return value as Json; // see above
}

/** What somebody tells a run, with who it was; only where nobody logs in may they name themselves. */
export function answeredBy<Told extends { readonly by?: string }>({ kind, id }: Principal, told: Told): Told {
  return kind === 'local' ? told : { ...told, by: id };
}
