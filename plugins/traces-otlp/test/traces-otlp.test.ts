import assert from 'node:assert/strict';
import { AgentRuntime, defaultTenant, HttpRoute, PromptLog, Tracing } from '@agent-factory/sdk/contracts';
import { spanIdOf, traceIdOfRun } from '@agent-factory/sdk/tracing';
import { waitFor } from '@agent-factory/sdk/testing';
import { Collector, decodeTraces, type ReceivedSpan } from './support/collector.ts';
import { TracedPlatform } from './support/traced-platform.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpan = 'b7ad6b7169203331';

describe('traces-otlp', () => {
  let collector: Collector;
  let on: TracedPlatform;
  before(async () => {
    collector = await Collector.open();
    on = await TracedPlatform.open({
      url: collector.url,
      service: 'our factory',
      headers: { 'x-key': '${secret:env:COLLECTOR_KEY}' },
    });
  });
  after(async () => {
    await on?.close();
    await collector?.close();
  });

  const spansOf = async (run: string, least: number): Promise<readonly ReceivedSpan[]> => {
    const found = (): readonly ReceivedSpan[] =>
      collector.spans.filter(({ values }) => values['agent_factory.run.id'] === run);
    await waitFor(`${least} spans of ${run}`, async () => found().length >= least);
    return found();
  };
  const requestOf = async (trace: string): Promise<ReceivedSpan> => {
    const found = (): ReceivedSpan | undefined =>
      collector.spans.find((span) => span.traceId === trace && span.kind === 'SPAN_KIND_SERVER');
    await waitFor('the span of the request', async () => found() !== undefined);
    return found() as ReceivedSpan; // as was just waited for
  };
  const namesOf = (spans: readonly ReceivedSpan[]): readonly string[] =>
    spans.map(({ name }) => name).toSorted();

  it('goes on in the trace of who asks: the request, its run, and what that calls', async () => {
    const run = await on.post(
      { agent: 'guide', input: 'look' },
      { traceparent: `00-${traceId}-${callerSpan}-01`, 'x-request-id': 'one' },
    );
    const spans = await spansOf(run.id, 4);
    assert.deepEqual(namesOf(spans), ['chat small', 'chat small', 'execute_tool look', 'invoke_agent guide']);
    const request = await requestOf(traceId);
    assert.equal(request.parentSpanId, callerSpan);
    assert.equal(request.name, 'POST /api/v1/runs');
    assert.equal(request.values['http.response.status_code'], '200');
    assert.equal(request.values['agent_factory.request.id'], 'one');
    const whole = spans.find(({ name }) => name.startsWith('invoke_agent')) as ReceivedSpan; // its name is above
    assert.equal(whole.parentSpanId, request.spanId);
    assert.equal(run.trace?.spanId, request.spanId);
    for (const span of spans) {
      assert.equal(span.traceId, traceId);
      assert.equal(span.values['agent_factory.tenant'], 'default');
      if (span !== whole) assert.equal(span.parentSpanId, whole.spanId);
      assert.ok(span.from >= whole.from - 1_000_000n && span.to <= whole.to + 1_000_000n);
    }
    const [chat] = collector.named('chat small');
    assert.equal(chat?.values['gen_ai.provider.name'], 'test');
    assert.equal(chat?.kind, 'SPAN_KIND_CLIENT');
    assert.equal(collector.resources.at(-1)?.['service.name'], 'our factory');
    assert.equal(collector.headers.at(-1)?.['x-key'], 'a key that nobody guesses');
  });

  it('sends nothing that was said, unless it is asked to', async () => {
    const run = await on.post({ agent: 'guide', input: 'look for the CANARY' });
    await spansOf(run.id, 4);
    const all = collector.texts.join('\n');
    for (const said of ['CANARY', 'lighthouse', 'the sea']) assert.ok(!all.includes(said), said);
    const other = await TracedPlatform.open({ url: collector.url, content: true });
    try {
      const told = await other.run('guide', 'look for the CANARY');
      const spans = await spansOf(told.id, 4);
      const call = spans.find(({ name }) => name === 'execute_tool look');
      assert.equal(call?.values['gen_ai.tool.call.arguments'], '{"at":"the sea"}');
      assert.equal(call?.values['gen_ai.tool.call.result'], '"a lighthouse"');
      const whole = spans.find(({ name }) => name.startsWith('invoke_agent'));
      assert.match(String(whole?.values['gen_ai.input.messages']), /CANARY/);
    } finally {
      await other.close();
    }
  });

  it('gives a run that is exported twice the same ids, also by the route of the prompt log', async () => {
    const run = await on.run('guide', 'look');
    const spans = await spansOf(run.id, 4);
    assert.ok(spans.every((span) => span.traceId === traceIdOfRun(run)));
    const again = decodeTraces(await on.kernel.use(PromptLog).tenant(defaultTenant).spans(run.id));
    const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
    const ids = again.resourceSpans[0]?.scopeSpans[0]?.spans.map(
      (span) => `${hex(span.traceId)} ${hex(span.spanId)}`,
    );
    assert.deepEqual(new Set(ids), new Set(spans.map((span) => `${span.traceId} ${span.spanId}`)));
  });

  it('puts a run that another one starts into the same trace', async () => {
    const run = await on.post({ agent: 'boss', input: 'look' });
    await spansOf(run.id, 3);
    const trace = run.trace?.traceId ?? '';
    const inTrace = (): readonly ReceivedSpan[] =>
      collector.spans.filter((span) => span.traceId === trace && span.name === 'invoke_agent guide');
    await waitFor('the run that it starts', async () => inTrace().length > 0);
    assert.equal(inTrace()[0]?.parentSpanId, spanIdOf(run.id));
  });

  it('tells of a run that waits what it did so far, and closes it when it ends, in another process', async () => {
    const waiting = await on.run('careful', 'look');
    assert.equal(waiting.status, 'waiting');
    assert.deepEqual(namesOf(await spansOf(waiting.id, 1)), ['chat small']);
    await on.restart();
    const runs = on.kernel.use(AgentRuntime).tenant(defaultTenant);
    const [wait] = waiting.waitingFor ?? [];
    assert.ok(wait?.kind === 'approval');
    await runs.approve(waiting.id, { approvalId: wait.approvalId, outcome: 'approved' });
    await runs.wait(waiting.id);
    const spans = await spansOf(waiting.id, 4);
    assert.deepEqual(namesOf(spans), [
      'chat small',
      'chat small',
      'execute_tool look',
      'invoke_agent careful',
    ]);
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 4);
    const whole = spans.find(({ name }) => name === 'invoke_agent careful');
    assert.equal(whole?.from, BigInt(waiting.createdAt) * 1_000_000n);
  });

  it('closes a run that is cancelled while it waits and nobody works on it', async () => {
    const { id } = await on.run('careful', 'look');
    await on.kernel.use(AgentRuntime).tenant(defaultTenant).cancel(id, 'enough');
    assert.deepEqual(namesOf(await spansOf(id, 2)), ['chat small', 'invoke_agent careful']);
  });

  it('tells of failures and of guardrails', async () => {
    const failed = await on.run('guide', 'fail');
    const spans = await spansOf(failed.id, 2);
    assert.ok(spans.every(({ error }) => error?.startsWith('AF_')));
    const blocked = await on.run('guarded', 'where is the lantern');
    const [guardrail] = (await spansOf(blocked.id, 2)).filter(({ name }) => name.startsWith('guardrail'));
    assert.equal(guardrail?.name, 'guardrail keywords');
    assert.equal(guardrail.values['agent_factory.guardrail.verdict'], 'block');
    assert.equal(guardrail.parentSpanId, spanIdOf(blocked.id));
  });

  it('names requests by their routes, and nothing by what a client makes up', async () => {
    const trace = 'ffffffffffffffffffffffffffffff01';
    await on.ask('/made/up', { headers: { traceparent: `00-${trace}-${callerSpan}-01` } });
    const span = await requestOf(trace);
    assert.deepEqual(
      [span.name, span.values['http.request.method'], span.error],
      ['HTTP', '_OTHER', undefined],
    );
    const routed = 'ffffffffffffffffffffffffffffff02';
    await on.ask('/api/v1/runs/nobody', { headers: { traceparent: `00-${routed}-${callerSpan}-01` } });
    const known = await requestOf(routed);
    assert.equal(known.name, 'GET /api/v1/runs/{id}');
    assert.equal(known.values['agent_factory.operation.id'], 'getRun');
    assert.ok(!JSON.stringify(known.values).includes('nobody'));
  });

  it('leaves out what whoever asks has not sampled', async () => {
    const trace = 'ffffffffffffffffffffffffffffff03';
    const run = await on.post(
      { agent: 'guide', input: 'hello' },
      { traceparent: `00-${trace}-${callerSpan}-00` },
    );
    assert.deepEqual(run.trace?.sampled, false);
    await spansOf((await on.run('guide', 'hello')).id, 2);
    assert.deepEqual(
      collector.spans.filter((span) => span.traceId === trace),
      [],
    );
  });

  it('lets the log say which trace a request that failed stands in', async () => {
    const trace = 'ffffffffffffffffffffffffffffff04';
    const answer = await on.ask('/api/v1/test-failure', {
      headers: { traceparent: `00-${trace}-${callerSpan}-01` },
    });
    assert.equal(answer.status, 500);
    const line = on.log.find((one) => one.includes(trace));
    assert.equal(JSON.parse(line ?? '{}').traceId, trace);
    assert.equal((await requestOf(trace)).error, '500');
  });

  it('has its counts among the metrics', async () => {
    const page = await (await on.ask('/metrics')).text();
    assert.match(page, /^agent_factory_trace_spans_total\{outcome="exported"\} [1-9]/m);
    assert.match(page, /^agent_factory_trace_spans_total\{outcome="dropped"\} 0$/m);
    assert.match(page, /^agent_factory_trace_queue \d+$/m);
  });

  it('counts what the collector took, and offers no route', () => {
    const { exported, dropped, failed } = on.kernel.use(Tracing).counts();
    assert.ok(exported > 0);
    assert.deepEqual([dropped, failed], [0, 0]);
    const own = on.kernel.all(HttpRoute).filter(({ plugin }) => plugin === 'traces-otlp');
    assert.deepEqual(own, []);
  });
});
