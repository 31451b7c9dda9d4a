import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Router, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';
import { flow, tool } from './support/run-workflow.ts';

const workflow = flow({
  start: 'both',
  nodes: [
    { id: 'both', type: 'parallel', branches: ['each', 'until'] },
    { id: 'each', type: 'map', items: 'input', body: 'say', concurrency: 2 },
    { id: 'say', type: 'tool', tool: 'say', input: { it: 'item' } },
    { id: 'until', type: 'loop', body: 'count', while: 'last < 2', maxIterations: 5 },
    { id: 'count', type: 'tool', tool: 'say', input: { it: 'index' } },
    { id: 'which', type: 'branch' },
    { id: 'ask', type: 'agent', agent: 'echo', input: { message: 'string(steps.both.until)' } },
    { id: 'bad', type: 'tool', tool: 'fail', onError: 'end' },
    { id: 'end', type: 'tool', tool: 'say', input: { it: '[steps.both, steps.ask]' } },
  ],
  edges: [
    { from: 'both', to: 'which' },
    { from: 'which', to: 'ask', condition: 'steps.both.until == 2' },
    { from: 'ask', to: 'bad' },
  ],
});

const router: Router = {
  name: 'pair',
  version: '1.0.0',
  entry: 'caller',
  agents: { caller: [{ target: 'echo', condition: 'hops < 1' }], echo: [] },
};

describe('a journal of a workflow or a router that ends anywhere', function () {
  this.timeout(60_000);
  let dataDir = '';
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-prefix-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  for (const [what, target] of [
    ['workflow', { workflow: 'flow', input: ['a', 'b', 'c'] }],
    ['router', { router: 'pair', input: 'Hello' }],
  ] as const) {
    it(`of a ${what} is gone on from to the same end, without asking again for what it holds`, async () => {
      /** Paths, or ids, of the calls that were made, by run. */
      const calls = new Map<string, string[]>();
      const first = await open(dataDir, calls);
      const whole = await first.runs.wait((await first.runs.start(target)).id);
      assert.equal(whole.status, 'succeeded', JSON.stringify(whole.error));
      const events = await first.journal.read(whole.id);
      await first.close();
      const all = calls.get(whole.id)?.length ?? 0;

      const writing = await open(dataDir, calls, { recover: false });
      const prefixes = events.slice(1).map((_, index) => events.slice(0, index + 1));
      for (const prefix of prefixes) {
        const copy = prefix.map((event) => ({ ...event, runId: `run_${prefix.length}` }));
        await writing.journal.append(copy, rebuilt(copy));
      }
      await writing.close();

      const { runs, journal, close } = await open(dataDir, calls);
      try {
        for (const prefix of prefixes) {
          const id = `run_${prefix.length}`;
          const run = await runs.wait(id);
          const place = `after ${prefix.length} ${prefix.at(-1)?.type}`;
          assert.deepEqual([run.status, run.output], ['succeeded', whole.output], place);
          const ended = prefix.filter(({ type }) => type === 'tool.finished').length;
          assert.equal((calls.get(id)?.length ?? 0) + ended, all, place);
          const after = await journal.read(id);
          const finished = after.flatMap((one) => (one.type === 'step.finished' ? [one.data.path] : []));
          assert.equal(new Set(finished).size, finished.length, place);
          assert.deepEqual(rebuilt(after), run);
        }
      } finally {
        await close();
      }
    });
  }
});

interface Opened {
  readonly runs: ReturnType<AgentRuntime['tenant']>;
  readonly journal: ReturnType<Journal['tenant']>;
  close(): Promise<void>;
}

async function open(dataDir: string, calls: Map<string, string[]>, more: Parts = {}): Promise<Opened> {
  const note = (runId: string, key: string): number =>
    calls.set(runId, [...(calls.get(runId) ?? []), key]).size;
  const kernel = await bootRuntime({
    dataDir,
    agents: [
      { name: 'echo', instructions: 'Say it.', model: 'test/any' },
      { name: 'caller', instructions: 'Call.', model: 'test/any', tools: ['say'] },
    ],
    models: [
      functionModel('test', ({ messages, tools }) => {
        const last = messages.at(-1);
        if (tools?.length && last?.role === 'user') return [{ id: 'c', name: 'say', input: { it: 1 } }];
        return JSON.stringify(last?.content);
      }),
    ],
    tools: [
      tool('say', ({ it = null }, { runId, idempotencyKey }) => {
        note(runId, idempotencyKey);
        return it;
      }),
      tool('fail', (_input, { runId, idempotencyKey }): Json => {
        note(runId, idempotencyKey);
        throw new Error('no');
      }),
    ],
    plugins: ['@agent-factory/plugin-routing-expression'],
    workflows: [workflow],
    routers: [router],
    ...more,
  });
  return {
    runs: kernel.use(AgentRuntime).tenant(defaultTenant),
    journal: kernel.use(Journal).tenant(defaultTenant),
    close: () => kernel.close(),
  };
}

function rebuilt(events: readonly RunEvent[]): Run {
  const run = events.reduce<Run | undefined>(applyEvent, undefined);
  assert.ok(run);
  return run;
}
