import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentRuntime, defaultTenant, Journal, type TenantJournal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';

describe('a journal that ends anywhere', () => {
  let dataDir = '';
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-prefix-'));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  it('is gone on from to the same answer, without asking again for what it holds', async () => {
    const calls = new Map<string, string[]>();
    const events = await wholeRun(partsFor(dataDir, calls));
    const [first] = events;
    const prefixes = events.slice(1).map((_, index) => events.slice(0, index + 1));
    await writeRuns(
      partsFor(dataDir, calls),
      prefixes.map((prefix) => prefix.map((event) => ({ ...event, runId: `run_${prefix.length}` }))),
    );
    calls.clear();

    const kernel = await bootRuntime(partsFor(dataDir, calls));
    try {
      const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      for (const prefix of prefixes) {
        const id = `run_${prefix.length}`;
        const run = await runtime.wait(id);
        assert.equal(run.output, 'a b c', `after ${prefix.at(-1)?.type} ${prefix.length}`);
        assert.equal(run.createdAt, first?.at);
        const recorded = prefix.flatMap((event) =>
          event.type === 'tool.finished' ? [event.data.callId] : [],
        );
        const called = calls.get(id) ?? [];
        assert.deepEqual(
          called.filter((callId) => recorded.includes(callId)),
          [],
        );
        assert.equal(called.length + recorded.length, 3);
        await assertWhole(kernel.use(Journal).tenant(defaultTenant), run);
      }
    } finally {
      await kernel.close();
    }
  });
});

/** Two calls at once, then one; `calls` gathers which were made, by run. */
function partsFor(dataDir: string, calls: Map<string, string[]>): Parts & { readonly dataDir: string } {
  const call = (id: string): { id: string; name: string; input: { id: string } } => ({
    id,
    name: 'say',
    input: { id },
  });
  return {
    dataDir,
    agents: [{ name: 'three', instructions: 'Say.', model: 'test/any', tools: ['say'] }],
    models: [
      functionModel('test', ({ messages }) => {
        const said = messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []));
        if (said.length === 0) return [call('a'), call('b')];
        return said.length === 2 ? [call('c')] : said.join(' ');
      }),
    ],
    tools: [
      {
        name: 'say',
        description: 'Says.',
        input: { type: 'object' },
        effect: 'read',
        async run({ id }, { runId }) {
          calls.set(runId, [...(calls.get(runId) ?? []), id as string]);
          return id ?? null;
        },
      },
    ],
  };
}

async function wholeRun(parts: Parts): Promise<readonly RunEvent[]> {
  const kernel = await bootRuntime(parts);
  try {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.wait((await runtime.start({ agent: 'three', input: 'Go.' })).id);
    return await kernel.use(Journal).tenant(defaultTenant).read(id);
  } finally {
    await kernel.close();
  }
}

async function writeRuns(parts: Parts, runs: readonly (readonly RunEvent[])[]): Promise<void> {
  const kernel = await bootRuntime({ ...parts, recover: false });
  try {
    for (const events of runs)
      await kernel.use(Journal).tenant(defaultTenant).append(events, rebuilt(events));
  } finally {
    await kernel.close();
  }
}

async function assertWhole(journal: TenantJournal, run: Run): Promise<void> {
  assert.deepEqual(rebuilt(await journal.read(run.id)), run);
}

function rebuilt(events: readonly RunEvent[]): Run {
  const run = events.reduce<Run | undefined>(applyEvent, undefined);
  assert.ok(run);
  return run;
}
