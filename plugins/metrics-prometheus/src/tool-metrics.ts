import { Counter, Histogram, type Registry } from 'prom-client';
import { createLabelValues } from './label-values.ts';
import type { EventCounters } from './run-metrics.ts';

/** Tools told apart; tenants make them. */
const mostTools = 200;

/** Calls of tools, and what guardrails found. */
export function createToolMetrics(registry: Registry): EventCounters {
  const registers = [registry];
  const nameOf = createLabelValues(mostTools);
  const calls = new Counter({
    name: 'agent_factory_tool_calls_total',
    help: 'Calls of tools that ended, by how; those that were refused too.',
    labelNames: ['tool', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'agent_factory_tool_call_duration_seconds',
    help: 'How long calls of tools took.',
    labelNames: ['tool'],
    buckets: [0.01, 0.1, 0.5, 2.5, 10, 60],
    registers,
  });
  const retries = new Counter({
    name: 'agent_factory_tool_retries_total',
    help: 'Calls of tools that failed in a way that may pass, and are made again.',
    labelNames: ['tool'],
    registers,
  });
  const trips = new Counter({
    name: 'agent_factory_guardrail_trips_total',
    help: 'What guardrails found, by what they did about it.',
    labelNames: ['verdict'],
    registers,
  });
  return {
    'tool.finished': ({ data: { tool: name, error, durationMs } }) => {
      const tool = nameOf(name);
      calls.inc({ tool, outcome: error === undefined ? 'succeeded' : 'failed' });
      duration.observe({ tool }, durationMs / 1000);
    },
    'tool.retried': ({ data: { tool } }) => retries.inc({ tool: nameOf(tool) }),
    'guardrail.tripped': ({ data: { verdict } }) => trips.inc({ verdict }),
  };
}
