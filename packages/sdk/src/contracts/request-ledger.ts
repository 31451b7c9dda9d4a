import { defineContract, type SingleContract } from '../contract.ts';
import type { Json } from '../json.ts';

/** What was answered, as it is answered again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** What is to become of a request that has a key. */
export type RequestClaim =
  /** It is new: carry it out, then say so with `claim`. */
  | { readonly state: 'new'; readonly claim: string }
  /** The key came with another request before. */
  | { readonly state: 'other' }
  /** The same request is being carried out. */
  | { readonly state: 'running' }
  /** It was carried out; left out is an answer that is not kept. */
  | { readonly state: 'done'; readonly answer?: KeptAnswer };

/** The requests of a tenant's members. */
export interface TenantRequestLedger {
  /**
   * `key`: whose key it is and which, as one text; `fingerprint`: what is asked, so that two requests can be told apart.
   * Of several at the same moment one is new, in all processes.
   */
  begin(request: { readonly key: string; readonly fingerprint: string }): Promise<RequestClaim>;
  /** It was carried out. */
  done(key: string, claim: string, answer?: KeptAnswer): Promise<void>;
  /** It came to nothing: the next with this key is new. */
  forget(key: string, claim: string): Promise<void>;
}

/** Which requests were carried out, so that one that comes again is not carried out again. */
export interface RequestLedger {
  tenant(id: string): Promise<TenantRequestLedger>;
}

/** Token of {@link RequestLedger}. */
export const RequestLedger: SingleContract<RequestLedger> = defineContract<RequestLedger>({
  id: 'request-ledger',
  version: '1.0.0',
  description: 'Which requests were carried out, so that none is carried out twice.',
});
