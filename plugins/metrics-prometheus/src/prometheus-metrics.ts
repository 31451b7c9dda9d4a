import { Gauge, Registry } from 'prom-client';
import type { HttpAnswer } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { createHttpMetrics } from './http-metrics.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { createRunMetrics } from './run-metrics.ts';

/** All metrics of this process. Kept when the plugin is reloaded, so that counters do not begin anew. */
export interface Metrics {
  readonly registry: Registry;
  countAnswer(answer: HttpAnswer): void;
  countEvent(event: RunEvent): void;
  close(): void;
}

export function createMetrics(about: { readonly version: string; readonly role: string }): Metrics {
  const registry = new Registry();
  const { close } = createProcessMetrics(registry);
  new Gauge({
    name: 'agent_factory_info',
    help: 'Of this process: the version of its kernel, and what it does for the platform.',
    labelNames: ['version', 'role'],
    registers: [registry],
  }).set({ ...about }, 1);
  return {
    registry,
    countAnswer: createHttpMetrics(registry),
    countEvent: createRunMetrics(registry),
    close,
  };
}
