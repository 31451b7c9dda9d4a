import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Secret, type Logger } from '@agent-factory/sdk';
import { Tracing } from '@agent-factory/sdk/contracts';
import { rejectsWith, silentLog, waitFor } from '@agent-factory/sdk/testing';
import { createRequestTraces } from '../src/request-traces.ts';
import { createSendTraces } from '../src/send-traces.ts';
import { createTraceExporter, type TraceExporter } from '../src/otlp-traces.ts';
import { Collector } from './support/collector.ts';
import { TracedPlatform } from './support/traced-platform.ts';

const begin = createRequestTraces({ incoming: 'continue', ratio: 1 });
const answer = { method: 'GET', route: '/x', status: 200, durationMs: 1, requestId: 'r', isStream: false };

function exporterTo(
  url: string,
  { queue = 100, batch = 10, everyMs = 10, retries = 3 } = {},
): TraceExporter & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const log: Logger = {
    ...silentLog,
    warn: (message, fields) => void warnings.push(message + JSON.stringify(fields)),
  };
  const headers = { Authorization: new Secret('Bearer nobody knows') };
  const send = createSendTraces({ url, headers, timeoutMs: 2000, retries, retryMs: 1 }, log);
  const config = { queue, batch, everyMs };
  const exporter = createTraceExporter({ config, log, send, resource: {}, spansOfRun: async () => [] });
  return Object.assign(exporter, { warnings });
}
const push = (exporter: TraceExporter, count: number): void => {
  for (let n = 0; n < count; n += 1) exporter.push({ answer, trace: begin(), endedAt: 1_763_800_000_000 });
};

describe('the export of traces', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await Collector.open();
  });
  afterEach(() => collector.close());

  it('sends together what came together, and no more than a batch', async () => {
    const exporter = exporterTo(collector.url);
    push(exporter, 25);
    await exporter.close();
    assert.deepEqual(collector.batches, [10, 10, 5]);
    assert.deepEqual(exporter.counts(), { waiting: 0, exported: 25, dropped: 0, failed: 0 });
  });

  it('tries again what may pass, and loses nothing', async () => {
    for (const status of [503, 429, 502]) collector.answers.push({ status, headers: { 'retry-after': '0' } });
    const exporter = exporterTo(collector.url);
    push(exporter, 3);
    await waitFor('it is taken', async () => exporter.counts().exported === 3);
    assert.equal(collector.requests, 4);
    assert.deepEqual(exporter.warnings, []);
    await exporter.close();
  });

  it('gives up after so many times, says so, and goes on with what comes then', async () => {
    for (let n = 0; n < 4; n += 1) collector.answers.push({ status: 503 });
    const exporter = exporterTo(collector.url);
    push(exporter, 3);
    await waitFor('it gives up', async () => exporter.counts().failed === 3);
    assert.match(exporter.warnings.join(), /did not take traces.*"spans":3.*503/);
    assert.ok(!exporter.warnings.join().includes('nobody knows'));
    push(exporter, 1);
    await exporter.close();
    assert.equal(exporter.counts().exported, 1);
  });

  it('does not try again what will not pass, and counts what a collector refuses in part', async () => {
    collector.answers.push({ status: 400 });
    collector.answers.push({
      status: 200,
      body: { partialSuccess: { rejectedSpans: '2', errorMessage: 'old' } },
    });
    const exporter = exporterTo(collector.url, { everyMs: 1 });
    push(exporter, 1);
    await waitFor('it is refused', async () => exporter.counts().failed === 1);
    push(exporter, 5);
    await exporter.close();
    assert.deepEqual(exporter.counts(), { waiting: 0, exported: 3, dropped: 0, failed: 3 });
    assert.equal(collector.requests, 2);
  });

  it('keeps no more than it has room for, and counts the rest', async () => {
    const exporter = exporterTo(collector.url, { queue: 20, batch: 50, everyMs: 60_000 });
    push(exporter, 32);
    assert.deepEqual(exporter.counts(), { waiting: 20, exported: 0, dropped: 12, failed: 0 });
    await exporter.close();
    assert.deepEqual(exporter.counts(), { waiting: 0, exported: 20, dropped: 12, failed: 0 });
    assert.match(exporter.warnings.join(), /were dropped.*"dropped":12/);
  });

  it('holds nobody up while the collector is away: runs go on, and come when it is back', async () => {
    const { port, url } = collector;
    await collector.close();
    const on = await TracedPlatform.open({ url, retries: 20, retryMs: 20 });
    try {
      for (let n = 0; n < 5; n += 1) assert.equal((await on.run('guide', 'look')).status, 'succeeded');
      assert.equal(on.kernel.use(Tracing).counts().exported, 0);
      collector = await Collector.open(port);
      await waitFor('all are there', async () => collector.named('invoke_agent guide').length === 5);
    } finally {
      await on.close();
    }
  });

  it('records the same share of traces in every process', async () => {
    const half = createRequestTraces({ incoming: 'continue', ratio: 0.5 });
    const sampled = Array.from({ length: 2000 }, () => half()).filter(({ sampled: one }) => one).length;
    assert.ok(sampled > 850 && sampled < 1150, `${sampled} of 2000`);
    assert.ok(!createRequestTraces({ incoming: 'continue', ratio: 0 })().sampled);
    assert.ok(begin().sampled);
    const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const own = createRequestTraces({ incoming: 'ignore', ratio: 0 })(header);
    assert.deepEqual([own.sampled, own.parentId, header.includes(own.traceId)], [false, undefined, false]);
  });

  it('refuses an address that is none, and does not show a password in it', async () => {
    for (const url of ['collector:4318', 'ftp://x/', 'http://me:hunter22@collector/v1/traces']) {
      const opened = TracedPlatform.open({ url }).catch((error: unknown) => {
        assert.ok(!String(Object(Object(error).cause).message).includes('hunter22'));
        throw Object(error).cause;
      });
      await rejectsWith(opened, 'AF_TRACES_URL_INVALID');
    }
  });

  it('ends with its plugin, whatever the collector does', async () => {
    const exporter = exporterTo(collector.url, { retries: 20 });
    for (let n = 0; n < 100; n += 1)
      collector.answers.push({ status: 503, headers: { 'retry-after': '30' } });
    push(exporter, 3);
    await waitFor('it was asked', async () => collector.requests > 0);
    await exporter.close();
    await turn();
    push(exporter, 1);
    assert.deepEqual(exporter.counts(), { waiting: 0, exported: 0, dropped: 1, failed: 3 });
  });
});
