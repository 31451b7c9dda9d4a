import { Counter, Histogram, type Registry } from 'prom-client';
import type { RunEvent, RunEventType } from '@agent-factory/sdk/domain';
import { createLabelValues } from './label-values.ts';
import { createModelMetrics } from './model-metrics.ts';
import { createRecentValues } from './recent-values.ts';
import { createToolMetrics } from './tool-metrics.ts';

/** Runs whose beginning is remembered for their duration. */
const mostRuns = 10_000;
const mostCodes = 100;

/** What becomes of each kind of event that counts. */
export type EventCounters = {
  readonly [Type in RunEventType]?: (event: Extract<RunEvent, { readonly type: Type }>) => void;
};

/** Counts what runs did in this process: events are told where they are written, so processes add up. */
export function createRunMetrics(registry: Registry): (event: RunEvent) => void {
  const counters: EventCounters = {
    ...createLifeMetrics(registry),
    ...createModelMetrics(registry),
    ...createToolMetrics(registry),
  };
  return (event) => {
    const count = counters[event.type] as ((of: RunEvent) => void) | undefined; // the one of its type
    count?.(event);
  };
}

function createLifeMetrics(registry: Registry): EventCounters {
  const registers = [registry];
  const codeOf = createLabelValues(mostCodes);
  const began = createRecentValues<number>(mostRuns);
  const created = new Counter({
    name: 'agent_factory_runs_created_total',
    help: 'Runs that were accepted, by what they are a run of.',
    labelNames: ['kind'],
    registers,
  });
  const attempts = new Counter({
    name: 'agent_factory_run_attempts_total',
    help: 'Times that work on a run began; again after a restart or a wait.',
    labelNames: ['again'],
    registers,
  });
  const waits = new Counter({
    name: 'agent_factory_run_waits_total',
    help: 'Times that a run began to wait, by what for.',
    labelNames: ['for'],
    registers,
  });
  const ended = new Counter({
    name: 'agent_factory_runs_ended_total',
    help: 'Runs that ended, by how.',
    labelNames: ['outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'agent_factory_run_failures_total',
    help: 'Runs that failed, by the code of the error.',
    labelNames: ['code'],
    registers,
  });
  const duration = new Histogram({
    name: 'agent_factory_run_duration_seconds',
    help: 'From the acceptance of a run to its end with all its waits, where one process saw both.',
    labelNames: ['outcome'],
    buckets: [0.1, 0.5, 2.5, 10, 60, 300, 3600],
    registers,
  });
  const end = (outcome: string, { runId, at }: Pick<RunEvent, 'runId' | 'at'>): void => {
    ended.inc({ outcome });
    const from = began.take(runId);
    if (from !== undefined) duration.observe({ outcome }, Math.max(at - from, 0) / 1000);
  };
  return {
    'run.created': ({ runId, at, data: { subject } }) => {
      created.inc({ kind: subject.kind });
      began.set(runId, at);
    },
    'run.started': ({ data: { attempt } }) => attempts.inc({ again: String(attempt > 1) }),
    'run.waiting': ({ data }) => {
      for (const { kind } of data.for) waits.inc({ for: kind });
    },
    'run.succeeded': (event) => end('succeeded', event),
    'run.failed': (event) => {
      end('failed', event);
      failures.inc({ code: codeOf(event.data.error.code) });
    },
    'run.cancelled': (event) => end('cancelled', event),
  };
}
