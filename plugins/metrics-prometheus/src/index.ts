import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  HttpRoute,
  JobControl,
  onAnswer,
  onEvent,
  Permission,
  Tracing,
} from '@agent-factory/sdk/contracts';
import type { MetricsPrometheusConfig } from './config.ts';
import { createMetrics } from './prometheus-metrics.ts';
import { metricsPermission, metricsRoute } from './metrics-route.ts';
import { createQueueMetrics } from './queue-metrics.ts';
import { createTraceMetrics } from './trace-metrics.ts';
import { checkAddress, createScrapeAnswer, openScrapeListener, type MetricsPage } from './scrape-listener.ts';

const plugin: Plugin<MetricsPrometheusConfig> = definePlugin<MetricsPrometheusConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const { kernelVersion: version, role } = ctx.platform;
    const metrics = await ctx.resource(
      'metrics-prometheus',
      () => createMetrics({ version, role }),
      (one) => one.close(),
    );
    ctx.tap(onAnswer, (answer) => metrics.countAnswer(answer));
    if (ctx.tryUse(AgentRuntime)) ctx.tap(onEvent, (event) => metrics.countEvent(event));
    const queues = createQueueMetrics({ control: ctx.tryUse(JobControl), log });
    const traces = createTraceMetrics(ctx.tryUse(Tracing));
    const page: MetricsPage = {
      contentType: metrics.registry.contentType,
      text: async () => (await metrics.registry.metrics()) + (await queues.text()) + (await traces.text()),
    };
    ctx.contribute(Permission, metricsPermission);
    ctx.contribute(HttpRoute, metricsRoute(page));
    const { host, port, token } = config;
    if (port === undefined) return;
    checkAddress(config);
    const { url, handlers } = await ctx.resource(
      `metrics-prometheus:${host}:${port}`,
      () => openScrapeListener(host, port),
      (listener) => listener.close(),
    );
    ctx.serve(() => {
      const answer = createScrapeAnswer(page, token);
      handlers.push(answer);
      log.info('metrics are served', { url });
      return () => void handlers.splice(handlers.indexOf(answer), 1);
    });
  },
});

export default plugin;
