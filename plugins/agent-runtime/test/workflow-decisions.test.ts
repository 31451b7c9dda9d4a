import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';
import { assertFailed, dataOf, flow, tool } from './support/run-workflow.ts';

const workflow = flow({
  start: 'both',
  nodes: [
    { id: 'both', type: 'parallel', branches: ['pay', 'look'] },
    { id: 'pay', type: 'tool', tool: 'pay' },
    { id: 'look', type: 'tool', tool: 'look' },
    { id: 'more', type: 'tool', tool: 'look' },
  ],
  edges: [{ from: 'look', to: 'more' }],
});

describe('a workflow with a write that was in flight when the platform stopped', () => {
  let dataDir = '';
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-decisions-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  for (const [outcome, expected] of [
    ['done', { pay: 'by hand', look: 'seen' }],
    ['repeat', { pay: 'paid', look: 'seen' }],
    ['abandon', undefined],
  ] as const) {
    it(`goes on with its other branches, and with a person's answer: ${outcome}`, async () => {
      const made: string[] = [];
      const parts: Parts = {
        dataDir,
        plugins: ['@agent-factory/plugin-routing-expression'],
        workflows: [workflow],
        tools: [
          tool(
            'pay',
            () => {
              made.push('pay');
              return 'paid';
            },
            'write',
          ),
          tool('look', () => {
            made.push('look');
            return 'seen';
          }),
        ],
      };
      await leftInFlight(parts);
      made.length = 0;

      const kernel = await bootRuntime(parts);
      try {
        const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
        const waiting = await runs.wait('run_left');
        assert.equal(waiting.status, 'waiting');
        assert.deepEqual(
          waiting.waitingFor?.map(({ kind, path }) => [kind, path]),
          [['decision', 'both.pay']],
        );
        assert.deepEqual(made, ['look', 'look']);
        const [wait] = waiting.waitingFor ?? [];
        const callId = wait?.kind === 'decision' ? wait.callId : '';
        await runs.decide('run_left', { callId, outcome, ...(outcome === 'done' && { output: 'by hand' }) });
        const ended = await runs.wait('run_left');
        assert.deepEqual(made, outcome === 'repeat' ? ['look', 'look', 'pay'] : ['look', 'look']);
        if (expected) assert.deepEqual(ended.output, expected);
        else assertFailed(ended, 'AF_TOOL_OUTCOME_UNKNOWN');
        const events = await kernel.use(Journal).tenant(defaultTenant).read('run_left');
        assert.equal(dataOf(events, 'step.finished').filter(({ path }) => path === 'both.pay').length, 1);
      } finally {
        await kernel.close();
      }
    });
  }
});

/** Leaves a run whose journal ends with the intent of both calls. */
async function leftInFlight(parts: Parts): Promise<void> {
  const kernel = await bootRuntime({ ...parts, recover: false });
  try {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const { id } = await runs.wait((await runs.start({ workflow: 'flow', input: {} })).id);
    const events = await journal.read(id);
    const intents = events.findLastIndex(({ type }) => type === 'tool.started');
    const first = events.findIndex(({ type }) => type === 'tool.finished');
    const upTo = Math.min(first, intents + 1);
    const left = events.slice(0, upTo).map((event) => ({ ...event, runId: 'run_left' }));
    await journal.append(left, rebuilt(left));
  } finally {
    await kernel.close();
  }
}

function rebuilt(events: readonly RunEvent[]): Run {
  const run = events.reduce<Run | undefined>(applyEvent, undefined);
  assert.ok(run);
  return run;
}
