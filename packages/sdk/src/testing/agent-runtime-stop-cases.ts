import assert from 'node:assert/strict';
import type { RunRequest } from '../contracts/agent-runtime.ts';
import type { RunEvent } from '../domain/event.ts';
import { checkJournal, collect, finish, type RuntimeTest } from './agent-runtime-check.ts';
import type { ConformanceSuite } from './conformance.ts';

/** What happens at a run's limits. */
export function limiting(test: RuntimeTest): ConformanceSuite {
  const stopped = (name: string, request: RunRequest, code: string): ConformanceSuite[number] =>
    test(name, async (runtime) => {
      const run = await finish(runtime, request);
      assert.equal(run.status, 'failed');
      assert.equal(run.error?.code, code);
      await checkJournal(runtime, run);
    });
  return [
    stopped(
      'stops at its turns',
      { agent: 'endless', input: 'x', limits: { turns: 3 } },
      'AF_RUN_LIMIT_TURNS',
    ),
    stopped(
      'stops at its tokens',
      { agent: 'endless', input: 'x', limits: { tokens: 4 } },
      'AF_RUN_LIMIT_TOKENS',
    ),
    stopped(
      'stops at its tool calls',
      { agent: 'endless', input: 'x', limits: { toolCalls: 2 } },
      'AF_RUN_LIMIT_TOOL_CALLS',
    ),
    stopped(
      'stops at its time',
      { agent: 'hanging', input: 'x', limits: { timeMs: 20 } },
      'AF_RUN_LIMIT_TIME',
    ),
    test('refuses limits looser than those of the agent', async (runtime) => {
      for (const limits of [{ turns: 1000 }, { toolCalls: -1 }, { timeMs: 1.5 }, { tokens: 0 }]) {
        await assert.rejects(runtime.start({ agent: 'plain', input: 'x', limits }), {
          code: 'AF_RUN_LIMIT_INVALID',
          status: 400,
        });
      }
    }),
  ];
}

/** What happens when a run is cancelled. */
export function cancelling(test: RuntimeTest): ConformanceSuite {
  const during = (name: string, request: RunRequest, awaited: RunEvent['type']): ConformanceSuite[number] =>
    test(name, async (runtime) => {
      const { id } = await runtime.start(request);
      for await (const { type } of runtime.events(id)) if (type === awaited) break;
      const waiting = runtime.wait(id);
      const run = await runtime.cancel(id, 'Enough.');
      assert.equal(run.status, 'cancelled');
      assert.deepEqual(await waiting, run);
      assert.deepEqual(await runtime.cancel(id), run);
      const types = (await collect(runtime, id)).map(({ type }) => type);
      assert.deepEqual(types.slice(-2), ['run.cancelling', 'run.cancelled']);
      await checkJournal(runtime, run);
    });
  return [
    during('cancels a run whose model does not answer', { agent: 'hanging', input: 'x' }, 'model.requested'),
    during('cancels a run whose tool does not answer', { agent: 'caller', input: 'hang' }, 'tool.started'),
    during(
      'cancels a run whose stream stands still',
      { agent: 'hanging', input: 'x', stream: true },
      'model.requested',
    ),
    test('leaves a run that has ended as it is', async (runtime) => {
      const run = await finish(runtime, { agent: 'plain', input: 'Hello' });
      assert.deepEqual(await runtime.cancel(run.id), run);
    }),
    test('gives the run as it stands to one who does not want to wait any longer', async (runtime) => {
      const { id } = await runtime.start({ agent: 'hanging', input: 'x' });
      const impatient = new AbortController();
      const waiting = runtime.wait(id, { signal: impatient.signal });
      impatient.abort();
      assert.equal((await waiting).status, 'running');
      await runtime.cancel(id);
    }),
  ];
}
