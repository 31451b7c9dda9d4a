import assert from 'node:assert/strict';
import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';

/** The error with which a promise must reject. */
export async function refusal(promise: Promise<unknown>): Promise<AgentFactoryError> {
  const error: unknown = await promise.then(
    () => assert.fail('it should have been refused'),
    (reason: unknown) => reason,
  );
  assert.ok(isAgentFactoryError(error), String(error));
  assert.ok(error.fix.length > 0);
  return error;
}
