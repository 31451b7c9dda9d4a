import { Counter, Histogram, type Registry } from 'prom-client';
import type { HttpAnswer } from '@agent-factory/sdk/contracts';

/** Where no route was found. As many series as there are routes; what a client asks for makes none. */
const noOperation = 'none';

/** Counts what the HTTP API answered: rate, errors and duration of each route. */
export function createHttpMetrics(registry: Registry): (answer: HttpAnswer) => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'agent_factory_http_requests_total',
    help: 'Requests that were answered, by operation and status. 499: the client left before.',
    labelNames: ['operation', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'agent_factory_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer; event streams are not in it.',
    labelNames: ['operation'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers,
  });
  return ({ operationId: operation = noOperation, status, durationMs, isStream }) => {
    requests.inc({ operation, status });
    if (!isStream) duration.observe({ operation }, durationMs / 1000);
  };
}
