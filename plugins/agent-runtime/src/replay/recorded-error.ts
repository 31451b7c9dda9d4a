import { AgentFactoryError, type ErrorCode } from '@agent-factory/sdk';
import type { RunFailure } from '@agent-factory/sdk/domain';

/** A recorded failure as what was thrown then. */
export function recordedError({ code, message, fix, retryable }: RunFailure): AgentFactoryError {
  return new AgentFactoryError(code as ErrorCode, { message, fix, retryable }); // written from such an error
}
