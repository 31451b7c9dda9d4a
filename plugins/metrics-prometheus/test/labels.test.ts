import assert from 'node:assert/strict';
import { createLabelValues } from '../src/label-values.ts';
import { createMetrics } from '../src/prometheus-metrics.ts';
import { createRecentValues } from '../src/recent-values.ts';
import { valuesOf } from './support/metrics-platform.ts';

describe('how many series there can be', () => {
  it('tells the first values apart, and counts all others together', () => {
    const of = createLabelValues(2);
    assert.deepEqual(['a', 'b', 'c', 'a', 'd'].map(of), ['a', 'b', 'other', 'a', 'other']);
  });

  it('is bounded, however many tools, models and errors tenants make up', async () => {
    const metrics = createMetrics({ version: '1.0.0', role: 'all' });
    try {
      for (let at = 0; at < 2000; at += 1) {
        const of = { runId: `r${at}`, seq: 1, at: 1 } as const;
        const error = { code: `AF_TEST_${at}`, message: '', fix: '', retryable: false };
        const usage = { inputTokens: 1, outputTokens: 1 };
        const asked = { turn: 1, provider: 'p', model: `m${at}`, messages: 1, tools: [] };
        const called = { turn: 1, callId: 'c', tool: `t${at}`, durationMs: 1 };
        metrics.countEvent({ ...of, type: 'model.requested', data: asked });
        metrics.countEvent({ ...of, type: 'model.failed', data: { turn: 1, error, willRetry: false } });
        metrics.countEvent({ ...of, type: 'tool.finished', data: called });
        metrics.countEvent({ ...of, type: 'run.failed', data: { error, usage } });
      }
      const values = valuesOf(await metrics.registry.metrics());
      assert.ok(values.size < 3000, String(values.size));
      const others = 'agent_factory_tool_calls_total{tool="other",outcome="succeeded"}';
      assert.equal(values.get(others), 1800);
      const models = 'agent_factory_model_calls_total{provider="other",model="other",outcome="failed"}';
      assert.equal(values.get(models), 1900);
    } finally {
      metrics.close();
    }
  });

  it('remembers only what began lately', () => {
    const recent = createRecentValues<number>(2);
    for (const at of [1, 2, 3]) recent.set(`r${at}`, at);
    assert.deepEqual(
      [recent.take('r1'), recent.take('r2'), recent.take('r2'), recent.take('r3')],
      [undefined, 2, undefined, 3],
    );
  });
});
