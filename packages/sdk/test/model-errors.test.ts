import assert from 'node:assert/strict';
import { modelErrors } from '@agent-factory/sdk/contracts';
import { errorTable } from '../src/contracts/model-errors.ts';

describe('the failures of models', () => {
  it('are worth repeating where the same call may work later, and only there', () => {
    const retryable = Object.entries(errorTable)
      .filter(([, spec]) => 'retryable' in spec)
      .map(([code]) => code.replace('AF_MODEL_', ''));
    assert.deepEqual(retryable, [
      'RATE_LIMITED',
      'OVERLOADED',
      'TIMEOUT',
      'CONNECTION',
      'STREAM_BROKEN',
      'CIRCUIT_OPEN',
      'BUSY',
    ]);
  });

  it('carry how long the server asks to be left alone', () => {
    const error = modelErrors.AF_MODEL_RATE_LIMITED({
      server: 'https://api.example.com/v1',
      status: 429,
      reason: 'slow down',
      retryAfterMs: 2000,
    });
    assert.equal(error.details['retryAfterMs'], 2000);
    assert.equal(error.retryable, true);
    assert.equal(
      error.message,
      'https://api.example.com/v1 takes no more requests for now (HTTP 429): slow down',
    );
  });
});
