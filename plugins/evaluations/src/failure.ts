import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import type { RunFailure } from '@agent-factory/sdk/domain';

/** Why something failed, as data; `describe` says it of an error without a code. */
export function failureOf(thrown: unknown, describe: (reason: string) => AgentFactoryError): RunFailure {
  const { code, message, fix, retryable } = isAgentFactoryError(thrown) ? thrown : describe(reasonOf(thrown));
  return { code, message, fix, retryable };
}

/** The message of an error without its final full stop. */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message || thrown.name : String(thrown)).replace(/\.$/, '');
}
