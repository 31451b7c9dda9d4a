import assert from 'node:assert/strict';
import { parseTraceparent } from '@agent-factory/sdk/domain';
import { isInRatio, parentSpanOfRun, spanIdOf, traceIdOfRun } from '@agent-factory/sdk/tracing';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('a header traceparent', () => {
  it('names a trace, a span, and whether it is recorded', () => {
    assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-01`), { traceId, spanId, sampled: true });
    assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-00`)?.sampled, false);
    assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-03`)?.sampled, true);
  });

  it('of a version to come counts as far as it is known', () => {
    assert.equal(parseTraceparent(`cc-${traceId}-${spanId}-01-more`)?.traceId, traceId);
    assert.equal(parseTraceparent(`cc-${traceId}-${spanId}-01`)?.traceId, traceId);
    assert.equal(parseTraceparent(`cc-${traceId}-${spanId}-01.more`), undefined);
  });

  it('that is wrong names nothing', () => {
    for (const header of [
      undefined,
      '',
      'hello',
      `00-${traceId}-${spanId}`,
      `00-${traceId}-${spanId}-01-more`,
      `ff-${traceId}-${spanId}-01`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
      `00-${'0'.repeat(32)}-${spanId}-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `00-${traceId}-${spanId}-0x`,
      ` 00-${traceId}-${spanId}-01`,
    ])
      assert.equal(parseTraceparent(header), undefined, header);
  });
});

describe('ids of spans', () => {
  it('follow from the ids of runs, and are those of the trace a run was begun in', () => {
    assert.match(traceIdOfRun({ id: 'run_1' }), /^[0-9a-f]{32}$/);
    assert.equal(traceIdOfRun({ id: 'run_1' }), traceIdOfRun({ id: 'run_1' }));
    assert.equal(traceIdOfRun({ id: 'run_1', trace: { traceId } }), traceId);
    const parent = { runId: 'run_1', path: 'ask', depth: 1 };
    assert.equal(parentSpanOfRun({ parent, trace: { traceId } }), spanIdOf('run_1'));
    assert.equal(parentSpanOfRun({ trace: { traceId, spanId } }), spanId);
    assert.equal(parentSpanOfRun({}), undefined);
  });

  it('decide who is recorded', () => {
    assert.ok(isInRatio('f'.repeat(32), 1));
    assert.ok(!isInRatio('0'.repeat(32), 0));
    assert.deepEqual(
      [0.5, 0.25].map((ratio) => isInRatio(`${'0'.repeat(20)}6${'0'.repeat(11)}`, ratio)),
      [true, false],
    );
  });
});
