import { defineCollection, type CollectionContract } from '../contract.ts';

/**
 * Tells whether a credential still proves its account, for what was made with it: a token holds for as long as the
 * session or the key it came from.
 */
export interface CredentialSource {
  /** As the principal's `credential` names it: `session`. */
  readonly scheme: string;
  /**
   * Whether it holds. To ask counts as a use of it, unless `isUse` is false. What another process ended may hold for as
   * long as it is kept in memory, unless `exact` is set.
   */
  holds(
    credential: { readonly id: string; readonly account: string },
    how?: { readonly isUse?: boolean; readonly exact?: boolean },
  ): boolean | Promise<boolean>;
}

/** Collection of {@link CredentialSource}. */
export const CredentialSource: CollectionContract<CredentialSource> = defineCollection<CredentialSource>({
  id: 'credential-source',
  version: '1.0.0',
  description: 'Whether a credential still holds, for what was made with it.',
});
