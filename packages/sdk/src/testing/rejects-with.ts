import assert from 'node:assert/strict';
import { isAgentFactoryError, type AgentFactoryError, type ErrorCode } from '../errors.ts';

/** Passes when `promise` rejects with this code; gives the error for more to be asked of it. */
export async function rejectsWith(promise: Promise<unknown>, code: ErrorCode): Promise<AgentFactoryError> {
  const error: unknown = await promise.then(
    (value) => assert.fail(`expected ${code}, but it resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(isAgentFactoryError(error, code), `expected ${code}, got ${String(error)}`);
  assert.ok(error.fix.length > 0, `${code} says what to do`);
  return error;
}
