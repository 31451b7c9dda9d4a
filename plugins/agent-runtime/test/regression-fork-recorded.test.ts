import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  RunReplay,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

describe('a fork that is answered from the record', () => {
  let kernel: TestKernel;
  let runs: TenantRuntime;

  before(async () => {
    const base = { instructions: 'Be brief.' };
    kernel = await bootRuntime({
      agents: [
        { ...base, name: 'hanging', model: 'test/hang' },
        { ...base, name: 'asker', model: 'test/asker', agents: ['hanging'] },
      ],
      models: [
        functionModel('test', ({ model, tools = [] }) => {
          if (model === 'hang') return new Promise(() => {});
          return [{ id: 'c', name: tools[0]?.name ?? '', input: { message: 'Well?' } }];
        }),
      ],
    });
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  after(() => kernel?.close());

  const fork = (id: string): ReturnType<ReturnType<RunReplay['tenant']>['fork']> =>
    kernel.use(RunReplay).tenant(defaultTenant).fork(id, { seq: 2, models: 'recorded', tools: 'recorded' });

  it('neither waits for a run of its origin that has not ended, nor cancels it', async () => {
    const origin = await runs.start({ agent: 'asker', input: 'Hello' });
    const journal = kernel.use(Journal).tenant(defaultTenant);
    let child = '';
    for await (const event of runs.events(origin.id)) {
      if (event.type !== 'child.started') continue;
      child = event.data.runId;
      break;
    }
    while (!(await journal.run(child))) await new Promise(setImmediate);
    const { run } = await fork(origin.id);
    const forked = await runs.wait(run.id, { signal: AbortSignal.timeout(5000) });
    const events = await journal.read(forked.id);
    const end = events.find(({ type }) => type === 'tool.finished');
    assert.equal(end?.type === 'tool.finished' && end.data.error?.code, 'AF_FORK_NOT_RECORDED');
    assert.notEqual((await runs.get(child)).status, 'cancelled');
    await runs.cancel(origin.id, 'It is enough.');
    await runs.wait(origin.id);
  });
});
