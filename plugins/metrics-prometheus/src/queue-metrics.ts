import { Gauge, Registry } from 'prom-client';
import type { Logger } from '@agent-factory/sdk';
import type { JobControl } from '@agent-factory/sdk/contracts';

/** What queues hold, read when somebody asks. Every process tells the same: of several, the largest is the one. */
export interface QueueMetrics {
  /** As Prometheus reads them. While queues cannot be read their series are left out. */
  text(): Promise<string>;
}

export function createQueueMetrics({
  control,
  log,
}: {
  readonly control: JobControl | undefined;
  readonly log: Logger;
}): QueueMetrics {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Gauge({
    name: 'agent_factory_jobs',
    help: 'Jobs of each queue, by state. The same in every process.',
    labelNames: ['queue', 'state'],
    registers,
  });
  const paused = new Gauge({
    name: 'agent_factory_queue_paused',
    help: 'Whether no worker takes jobs of the queue. The same in every process.',
    labelNames: ['queue'],
    registers,
  });
  return {
    async text() {
      const found = await control?.stats().catch((error: unknown) => {
        log.warn('queues could not be read for metrics', { error: String(error) });
        return undefined;
      });
      jobs.reset();
      paused.reset();
      for (const { queue, paused: isPaused, counts } of found ?? []) {
        paused.set({ queue }, isPaused ? 1 : 0);
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
      }
      return registry.metrics();
    },
  };
}
