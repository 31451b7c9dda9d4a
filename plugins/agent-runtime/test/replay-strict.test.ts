import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  RunReplay,
  type RunRequest,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import type { TestKernel } from '@agent-factory/sdk/testing';
import { allKinds } from './support/all-kinds.ts';
import { bootRuntime } from './support/boot-runtime.ts';
import type { Reached } from './support/counted-tools.ts';
import { withoutSockets } from './support/socket-guard.ts';

/** Runs of one kind. */
interface Kind {
  readonly name: string;
  request(number: number): RunRequest;
  /** What people do while it goes on. */
  meanwhile?(run: Run, runs: TenantRuntime, number: number): Promise<unknown>;
  readonly ends: Run['status'];
}

const agent = (name: string, more: Partial<Kind> & { readonly stream?: boolean } = {}): Kind => ({
  name: more.stream ? `${name}, streamed` : name,
  request: (number) => ({ agent: name, input: `${name} ${number}`, ...(more.stream && { stream: true }) }),
  ends: 'succeeded',
  ...more,
});

const approve = async (run: Run, runs: TenantRuntime, number: number): Promise<void> => {
  const waiting = await runs.wait(run.id);
  const [wait] = waiting.waitingFor ?? [];
  assert.equal(wait?.kind, 'approval');
  const outcome = number % 3 === 0 ? 'rejected' : 'approved';
  const changed = number % 3 === 1 && run.subject.kind === 'agent' ? { input: { amount: 4 } } : {};
  await runs.approve(run.id, { approvalId: wait.approvalId, outcome, by: 'Ann', ...changed });
};

const kinds: readonly Kind[] = [
  agent('plain'),
  agent('plain', { stream: true }),
  agent('wordy', { stream: true }),
  agent('caller'),
  agent('caller', { stream: true }),
  agent('reader'),
  agent('many'),
  agent('many', { stream: true }),
  agent('clumsy'),
  agent('desk'),
  agent('judge'),
  agent('chief'),
  agent('shaped'),
  agent('shapeless', { ends: 'failed' }),
  agent('guarded', { request: (number) => ({ agent: 'guarded', input: `I am n${number}@example.com.` }) }),
  agent('guarded', {
    name: 'guarded, in a conversation',
    request: (number) => ({
      agent: 'guarded',
      input: [
        { role: 'user', content: `I am n${number}@example.com.` },
        { role: 'assistant', content: `Good day, n${number}@example.com.` },
        { role: 'user', content: `Write to m${number}@example.com.` },
      ],
    }),
  }),
  agent('blocked', { ends: 'failed' }),
  agent('minded', {
    request: (number) => ({ agent: 'minded', input: `m ${number}`, session: `s${number % 2}` }),
  }),
  agent('mindful', {
    request: (number) => ({ agent: 'mindful', input: `m ${number}`, session: `m${number % 5}` }),
  }),
  agent('broken', { ends: 'failed' }),
  agent('spared'),
  agent('careful', { meanwhile: approve }),
  agent('hanging', { meanwhile: (run, runs) => runs.cancel(run.id, 'Enough.'), ends: 'cancelled' }),
  agent('hanging', {
    name: 'hanging, timed out',
    request: () => ({ agent: 'hanging', input: 'x', limits: { timeMs: 30 } }),
    ends: 'failed',
  }),
  agent('endless', { ends: 'failed' }),
  {
    name: 'branches',
    request: (number) => ({
      workflow: 'branches',
      input: Array.from({ length: number % 5 }, (_, index) => `i${index}`),
    }),
    ends: 'succeeded',
  },
  { name: 'race', request: () => ({ workflow: 'race', input: null }), ends: 'succeeded' },
  {
    name: 'patient',
    request: () => ({ workflow: 'patient', input: null }),
    async meanwhile(run, runs) {
      await approve(run, runs, 2);
      await runs.send(run.id, { name: 'news', data: { it: 'rains' } });
    },
    ends: 'succeeded',
  },
  { name: 'undone', request: () => ({ workflow: 'undone', input: null }), ends: 'failed' },
  { name: 'pair', request: (number) => ({ router: 'pair', input: `p ${number}` }), ends: 'succeeded' },
  { name: 'asking', request: (number) => ({ router: 'asking', input: `q ${number}` }), ends: 'succeeded' },
  { name: 'table', request: (number) => ({ router: 'table', input: `t ${number}` }), ends: 'succeeded' },
  { name: 'tabled', request: (number) => ({ workflow: 'tabled', input: number }), ends: 'succeeded' },
  {
    name: 'likeness',
    request: (number) => ({ router: 'likeness', input: `likeness ${number}` }),
    ends: 'succeeded',
  },
];

/** Enough of each kind for a thousand runs. */
const eachKind = Math.ceil(1000 / kinds.length);

describe('a thousand recorded runs of all kinds', function () {
  this.timeout(180_000);
  const reached: Reached = { calls: 0 };
  let kernel: TestKernel;
  let runs: TenantRuntime;
  const recorded: Run[] = [];

  before(async () => {
    kernel = await bootRuntime(allKinds(reached));
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  after(() => kernel?.close());

  for (const kind of kinds) {
    it(`are recorded: ${kind.name}`, async () => {
      const one = async (number: number): Promise<void> => {
        const run = await runs.start(kind.request(number));
        await kind.meanwhile?.(run, runs, number);
        const ended = await runs.wait(run.id);
        assert.equal(ended.status, kind.ends, JSON.stringify(ended.error ?? ended.waitingFor));
        recorded.push(ended);
      };
      for (let number = 0; number < eachKind; number += 5)
        await Promise.all(
          [0, 1, 2, 3, 4].flatMap((more) => (number + more < eachKind ? [one(number + more)] : [])),
        );
    });
  }

  it('are replayed to equal events, with no call and no socket', async () => {
    assert.ok(recorded.length >= 1000);
    const replay = kernel.use(RunReplay).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const before = { calls: reached.calls, newest: (await runs.list({ limit: 1 }))[0]?.id };
    let replayed = 0;
    const { tried } = await withoutSockets(async () => {
      for (const { id, status, lastSeq } of recorded) {
        const report = await replay.replay(id);
        assert.deepEqual([report.status, report.events], [status, lastSeq]);
        replayed += 1 + report.children.length;
      }
    });
    assert.deepEqual(tried, []);
    assert.equal(reached.calls, before.calls);
    assert.equal((await runs.list({ limit: 1 }))[0]?.id, before.newest);
    assert.equal(await journal.verify(recorded[0]?.id ?? ''), undefined);
    assert.ok(replayed > 1000, String(replayed));
  });
});
