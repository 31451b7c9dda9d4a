import { Counter, Gauge, Registry } from 'prom-client';
import type { Tracing } from '@agent-factory/sdk/contracts';

/** What became of traces in this process, read when somebody asks; nothing where nobody traces. */
export function createTraceMetrics(tracing: Tracing | undefined): { text(): Promise<string> } {
  const registry = new Registry();
  if (!tracing) return { text: async () => '' };
  new Gauge({
    name: 'agent_factory_trace_queue',
    help: 'Answers and runs whose spans are not exported yet.',
    registers: [registry],
    collect() {
      this.set(tracing.counts().waiting);
    },
  });
  // They count in the plugin that traces, and begin anew with it.
  new Counter({
    name: 'agent_factory_trace_spans_total',
    help: 'Spans by what became of them; of what was dropped, answers and runs.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      const { exported, dropped, failed } = tracing.counts();
      this.reset();
      for (const [outcome, count] of Object.entries({ exported, dropped, failed }))
        this.inc({ outcome }, count);
    },
  });
  return { text: () => registry.metrics() };
}
