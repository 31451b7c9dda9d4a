import assert from 'node:assert/strict';
import { Jobs } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { MetricsPlatform, valuesOf } from './support/metrics-platform.ts';

describe('metrics-prometheus', () => {
  let on: MetricsPlatform;
  before(async () => {
    on = await MetricsPlatform.open();
  });
  after(() => on?.close());

  /** Waits until a value of the page is so: an answer is counted once its client has it all. */
  const becomes = async (name: string, wanted: number): Promise<void> => {
    await waitFor(`${name} is ${wanted}`, async () => valuesOf(await on.page()).get(name) === wanted);
  };

  it('counts requests by route and status, and not by what a client makes up', async () => {
    assert.equal((await on.ask('/api/v1/runs/nobody')).status, 404);
    for (const path of ['/made/up', '/api/v1/nothing']) assert.equal((await on.ask(path)).status, 404, path);
    assert.equal((await on.ask('/api/v1/health', 'DELETE')).status, 405);
    await becomes('agent_factory_http_requests_total{operation="getRun",status="404"}', 1);
    await becomes('agent_factory_http_request_duration_seconds_count{operation="getRun"}', 1);
    await becomes('agent_factory_http_requests_total{operation="none",status="404"}', 2);
    await becomes('agent_factory_http_requests_total{operation="none",status="405"}', 1);
    assert.ok(!(await on.page()).includes('made/up'));
  });

  it('counts runs, calls of models and of tools', async () => {
    assert.equal(await on.run('hello'), 'succeeded');
    assert.equal(await on.run('look'), 'succeeded');
    assert.equal(await on.run('stumble'), 'succeeded');
    assert.equal(await on.run('fail'), 'failed');
    await becomes('agent_factory_runs_created_total{kind="agent"}', 4);
    await becomes('agent_factory_runs_ended_total{outcome="succeeded"}', 3);
    await becomes('agent_factory_runs_ended_total{outcome="failed"}', 1);
    const values = valuesOf(await on.page());
    const of = (name: string): number => values.get(name) ?? 0;
    assert.equal(of('agent_factory_run_duration_seconds_count{outcome="succeeded"}'), 3);
    assert.equal(of('agent_factory_run_attempts_total{again="false"}'), 4);
    assert.equal(of('agent_factory_model_calls_total{provider="test",model="any",outcome="answered"}'), 5);
    assert.ok(of('agent_factory_model_calls_total{provider="test",model="any",outcome="failed"}') >= 1);
    assert.ok(of('agent_factory_model_tokens_total{provider="test",model="any",kind="input"}') > 0);
    assert.equal(of('agent_factory_tool_calls_total{tool="look",outcome="succeeded"}'), 1);
    assert.equal(of('agent_factory_tool_calls_total{tool="stumble",outcome="failed"}'), 1);
    const codes = [...values.keys()].filter((name) => name.startsWith('agent_factory_run_failures_total'));
    assert.equal(codes.length, 1);
    assert.match(codes[0] ?? '', /code="AF_\w+"/);
  });

  it('tells what queues hold when it is asked', async () => {
    const queue = on.kernel.use(Jobs);
    await queue.enqueue([
      { queue: 'nobody-works', data: {} },
      { queue: 'nobody-works', data: { n: 1 } },
    ]);
    const values = valuesOf(await on.page());
    assert.equal(values.get('agent_factory_jobs{queue="nobody-works",state="waiting"}'), 2);
    assert.equal(values.get('agent_factory_queue_paused{queue="nobody-works"}'), 0);
  });

  it('tells what this process takes', async () => {
    const values = valuesOf(await on.page());
    assert.ok((values.get('process_resident_memory_bytes') ?? 0) > 10_000_000);
    assert.ok((values.get('process_cpu_seconds_total') ?? 0) > 0.1);
    assert.ok((values.get('nodejs_eventloop_delay_seconds{level="most"}') ?? -1) >= 0);
    assert.ok(/agent_factory_info\{version="[\d.]+",role="all"\} 1/.test(await on.page()));
  });

  it('goes on counting when it is loaded again', async () => {
    const before = valuesOf(await on.page()).get('agent_factory_runs_ended_total{outcome="succeeded"}');
    await on.reload({ host: '127.0.0.2' });
    assert.equal(await on.run('hello'), 'succeeded');
    await becomes('agent_factory_runs_ended_total{outcome="succeeded"}', (before ?? 0) + 1);
  });
});
