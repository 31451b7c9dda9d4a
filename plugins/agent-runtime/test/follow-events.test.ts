import assert from 'node:assert/strict';
import { defaultTenant, type AgentRuntime, type HttpRequest } from '@agent-factory/sdk/contracts';
import { streamRun } from '../src/routes/stream-run.ts';
import { bench, flow, type Bench } from './support/run-workflow.ts';

describe('following the events of a run', () => {
  const waiting = flow({ start: 'wait', nodes: [{ id: 'wait', type: 'wait', forEvent: 'reply' }] });
  let open: Bench;

  before(async () => {
    open = await bench([waiting]);
  });
  after(() => open.close());

  it('is refused where there is no such run, once it is asked for', async () => {
    const events = open.runs.events('none')[Symbol.asyncIterator]();
    await assert.rejects(events.next(), { code: 'AF_RUN_NOT_FOUND' });
    assert.equal((await events.next()).done, true);
  });

  it('ends for whoever leaves: before it asks, before the first event, and while none comes', async () => {
    const { id, lastSeq } = await open.run();
    const follow = (after = 0) => open.runs.events(id, { after })[Symbol.asyncIterator]();
    const unasked = follow();
    await unasked.return?.();
    assert.equal((await unasked.next()).done, true);
    for (const early of [follow(), follow(lastSeq)]) {
      const first = early.next();
      await early.return?.();
      assert.equal((await first).done, true);
    }
    const late = follow(lastSeq - 1);
    assert.equal((await late.next()).done, false);
    const none = late.next();
    await late.return?.();
    assert.equal((await none).done, true);
    assert.equal((await late.next()).done, true);
  });

  it('ends for a client that leaves, without a signal', async () => {
    const { id, lastSeq } = await open.run();
    const request = {
      params: { id },
      query: { after: lastSeq - 1 },
      headers: {},
      principal: { tenant: defaultTenant, kind: 'user', id: 'ann', permissions: [] },
    } as unknown as HttpRequest; // no more of it is looked at
    const runtime = { tenant: () => open.runs } as unknown as AgentRuntime; // nothing else is asked of it
    const reply = await streamRun(runtime).handler(request);
    assert.ok('stream' in reply);
    const events = reply.stream[Symbol.asyncIterator]();
    assert.equal((await events.next()).value?.event, 'run.waiting');
    const none = events.next();
    await events.return?.();
    assert.equal((await none).done, true);
  });

  it('goes on after the run was waiting, to its end', async () => {
    const { id, lastSeq } = await open.run();
    const events = open.runs.events(id, { after: lastSeq })[Symbol.asyncIterator]();
    const types: string[] = [];
    const sent = open.runs.send(id, { name: 'reply' });
    for (let step = await events.next(); !step.done; step = await events.next()) types.push(step.value.type);
    await sent;
    assert.equal(types.at(-1), 'run.succeeded');
  });
});
