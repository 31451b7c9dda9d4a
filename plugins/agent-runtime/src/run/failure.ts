import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import type { RunFailure } from '@agent-factory/sdk/domain';

/**
 * What was thrown, as the data a journal keeps. An error of ours goes in as it is; of anything else `describe`
 * makes one, from its message alone.
 */
export function failureOf(thrown: unknown, describe: (reason: string) => AgentFactoryError): RunFailure {
  const cause = isAgentFactoryError(thrown, 'AF_HOOK_TAP_FAILED') ? thrown.cause : undefined;
  // A tap that refuses something says why with an error of its own; the kernel's only says which tap it was.
  const found = isAgentFactoryError(cause) ? cause : thrown;
  const { code, message, fix, retryable } = isAgentFactoryError(found) ? found : describe(reasonOf(found));
  return { code, message, fix, retryable };
}

/** The message of an error without its stack and its final full stop. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.replace(/\.$/, '');
}
