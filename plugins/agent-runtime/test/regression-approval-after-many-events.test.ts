import assert from 'node:assert/strict';
import type { AgentRuntime, HttpRequest, Journal } from '@agent-factory/sdk/contracts';
import { approveRun } from '../src/routes/approve-run.ts';

/** The events that a journal reads at once when nobody says how many. */
const pageSize = 1000;

describe('an approval that is asked for late in a long run', () => {
  const asked = { approvalId: 'late', permission: 'money:spend' };
  const events = Array.from({ length: pageSize + 1 }, (_, index) => ({
    runId: 'run_long',
    seq: index + 1,
    at: 0,
    type: index === pageSize ? 'approval.requested' : 'message.delta',
    data: index === pageSize ? asked : { turn: 1, text: '.' },
  }));
  const journal = {
    tenant: () => ({
      read: async (_id: string, { after = 0, limit = pageSize } = {}) => events.slice(after, after + limit),
    }),
  } as unknown as Journal; // as much of it as is read
  const runtime = {
    tenant: () => ({ get: async () => ({}), approve: async () => ({ id: 'run_long' }) }),
  } as unknown as AgentRuntime; // as much of it as is asked
  const request = (permissions: readonly string[]): HttpRequest => ({
    params: { id: 'run_long' },
    query: {},
    body: { approvalId: 'late', outcome: 'approved' },
    headers: {},
    principal: { id: 'ann', tenant: 'default', kind: 'user', permissions },
    requestId: 'test',
    signal: new AbortController().signal,
  });

  it('is found, and the permission it names is asked for', async () => {
    const { handler } = approveRun(runtime, journal);
    assert.deepEqual(await handler(request(['runs:approve', 'money:spend'])), { body: { id: 'run_long' } });
    await assert.rejects(handler(request(['runs:approve'])), { code: 'AF_ACCESS_DENIED' });
  });
});
