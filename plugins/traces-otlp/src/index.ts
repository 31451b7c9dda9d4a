import { randomUUID } from 'node:crypto';
import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Journal, onAnswer, onSettled, Tracing } from '@agent-factory/sdk/contracts';
import { isInRatio, spanAttribute, traceIdOfRun } from '@agent-factory/sdk/tracing';
import type { TracesOtlpConfig } from './config.ts';
import { createRequestTraces } from './request-traces.ts';
import { createRunTraces } from './run-traces.ts';
import { createSendTraces } from './send-traces.ts';
import { createTraceExporter } from './otlp-traces.ts';

const plugin: Plugin<TracesOtlpConfig> = definePlugin<TracesOtlpConfig>({
  setup(ctx) {
    const { config, log } = ctx;
    const exporter = createTraceExporter({
      config,
      log,
      resource: {
        [spanAttribute.service]: config.service,
        [spanAttribute.serviceVersion]: ctx.platform.kernelVersion,
        [spanAttribute.serviceInstance]: randomUUID(),
      },
      send: createSendTraces(config, log),
      spansOfRun: createRunTraces(ctx.use(Journal), config.content),
    });
    ctx.own(() => exporter.close());
    ctx.provide(Tracing, { begin: createRequestTraces(config), counts: () => exporter.counts() });
    ctx.tap(onAnswer, (answer) => {
      const { trace } = answer;
      if (trace?.sampled) exporter.push({ answer, trace, endedAt: Date.now() });
    });
    ctx.tap(onSettled, ({ tenant, run }) => {
      const sampled = run.trace?.sampled ?? isInRatio(traceIdOfRun(run), config.ratio);
      if (sampled) exporter.push({ tenant, runId: run.id, seq: run.lastSeq });
    });
  },
});

export default plugin;
