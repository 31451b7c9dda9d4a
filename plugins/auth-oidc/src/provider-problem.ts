import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import { errors } from './errors.ts';

const refusals: ReadonlySet<string> = new Set(['access_denied', 'consent_required', 'login_required']);

/** Runs what asks a provider. What the provider wrote goes into the log; a person reads our words. */
export async function asking<T>(provider: string, log: Logger, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAgentFactoryError(error)) throw error;
    if (error instanceof AuthorizationResponseError && refusals.has(error.error))
      throw errors.AF_OIDC_REFUSED({ provider, reason: 'you did not agree, or may not' }, { cause: error });
    log.warn('a login at a provider failed', { provider, error });
    throw errors.AF_OIDC_PROVIDER_FAILED({ provider, reason: reasonOf(error) }, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AuthorizationResponseError) return 'it sent you back with an error';
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError)
    return 'it does not take what this platform sends';
  if (error instanceof ClientError) return 'its answer is not as it must be';
  return 'it cannot be reached';
}
