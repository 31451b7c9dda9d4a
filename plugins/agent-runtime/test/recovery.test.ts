import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentRuntime, Journal, defaultTenant } from '@agent-factory/sdk/contracts';
import type { RunEvent, ToolEffect } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';
import { crashAgent, type CrashPoint } from './support/crash-agent.ts';

const child = fileURLToPath(new URL('./support/crash-child.ts', import.meta.url));

describe('agent-runtime after kill -9', function () {
  this.timeout(30_000);
  let dataDir = '';
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-crash-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('asks a model again that had not answered', async () => {
    await killed('read', 'question-1', dataDir);
    const { asked, events, payments } = await recovered('read', dataDir);
    assert.deepEqual(asked, ['question-1', 'tool', 'question-2']);
    assert.equal(payments.length, 1);
    assert.deepEqual(attempts(events), [1, 2]);
  });

  it('uses a recorded result and does not call the tool again', async () => {
    await killed('write', 'question-2', dataDir);
    const { asked, events, payments } = await recovered('write', dataDir);
    assert.deepEqual(asked, ['question-2']);
    assert.equal(payments.length, 1);
    assert.equal(events.at(-1)?.type, 'run.succeeded');
  });

  for (const effect of ['pure', 'read', 'idempotent-write'] as const) {
    it(`repeats a ${effect} call that was in flight, with the same idempotency key`, async () => {
      // The intent of what writes is written first.
      await killed(effect, 'tool', dataDir, ...(effect === 'idempotent-write' ? [] : (['written'] as const)));
      const { events, payments } = await recovered(effect, dataDir);
      assert.equal(payments.length, 2);
      assert.equal(payments[0], payments[1]);
      const started = events.flatMap((event) => (event.type === 'tool.started' ? [event.data.attempt] : []));
      assert.deepEqual(started, [1, 2]);
      assert.equal(events.at(-1)?.type, 'run.succeeded');
    });
  }

  it('asks anew where a call that only reads was begun before its intent was written', async () => {
    await killed('read', 'tool', dataDir);
    const { asked, events, payments } = await recovered('read', dataDir);
    assert.deepEqual(asked, ['question-1', 'tool', 'question-2']);
    assert.equal(payments[0], payments[1]);
    assert.equal(events.at(-1)?.type, 'run.succeeded');
  });

  it('does not repeat a write that was in flight: the run waits for a person, and can be cancelled', async () => {
    await killed('write', 'tool', dataDir);
    const { events, payments } = await recovered('write', dataDir);
    assert.equal(payments.length, 1);
    assert.equal(events.at(-1)?.type, 'run.waiting');

    const kernel = await bootRuntime(crashAgent('write', dataDir, () => {}));
    try {
      const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      const [run] = await runtime.list();
      assert.equal(run?.status, 'waiting');
      assert.match(run.waitingFor?.[0]?.detail ?? '', /"pay"/);
      assert.equal((await runtime.wait(run.id)).status, 'waiting');
      assert.equal((await runtime.cancel(run.id)).status, 'cancelled');
      assert.equal((await runtime.cancel(run.id)).status, 'cancelled');
    } finally {
      await kernel.close();
    }
  });

  it('goes on with the definition it began with, whatever became of the agent', async () => {
    await killed('read', 'tool', dataDir);
    const parts = crashAgent('read', dataDir, () => {});
    const agents = [{ name: 'payer', instructions: 'Pay nothing.', model: 'other/any' }];
    const models = [...(parts.models ?? []), functionModel('other', () => 'Not paid.')];
    const kernel = await bootRuntime({ ...parts, agents, models });
    try {
      const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      const [found] = await runtime.list();
      const run = await runtime.wait(found?.id ?? '');
      assert.equal(run.output, 'Paid.');
      const next = await runtime.start({ agent: 'payer', input: 'Pay 8.' });
      assert.equal((await runtime.wait(next.id)).output, 'Not paid.');
      assert.notEqual(next.subject.hash, run.subject.hash);
    } finally {
      await kernel.close();
    }
  });

  it('leaves unfinished runs alone when told so; they can still be cancelled', async () => {
    await killed('read', 'tool', dataDir);
    const kernel = await bootRuntime({ ...crashAgent('read', dataDir, () => {}), recover: false });
    try {
      const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      const [run] = await runtime.list();
      assert.equal(run?.status, 'running');
      assert.equal((await runtime.cancel(run.id)).status, 'cancelled');
    } finally {
      await kernel.close();
    }
  });
});

async function killed(
  effect: ToolEffect,
  point: CrashPoint,
  dataDir: string,
  ...when: readonly 'written'[]
): Promise<void> {
  const args = ['--conditions=@agent-factory/source', child, effect, point, dataDir, ...when];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = (await once(process_, 'exit')) as [number | null, string | null];
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGKILL' });
}

async function recovered(
  effect: ToolEffect,
  dataDir: string,
): Promise<{ asked: readonly CrashPoint[]; events: readonly RunEvent[]; payments: readonly string[] }> {
  const asked: CrashPoint[] = [];
  const parts: Parts = crashAgent(effect, dataDir, (point) => void asked.push(point));
  const kernel = await bootRuntime(parts);
  try {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    // The first start of the run was acknowledged, or not: its key leads to it all the same.
    const { id } = await runtime.start({ agent: 'payer', input: 'Pay 7.', idempotencyKey: 'the-run' });
    await runtime.wait(id);
    const events = await kernel.use(Journal).tenant(defaultTenant).read(id);
    const payments = (await readFile(join(dataDir, 'payments'), 'utf8')).trim().split('\n');
    return { asked, events, payments };
  } finally {
    await kernel.close();
  }
}

function attempts(events: readonly RunEvent[]): readonly number[] {
  return events.flatMap((event) => (event.type === 'run.started' ? [event.data.attempt] : []));
}
