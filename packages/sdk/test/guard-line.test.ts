import assert from 'node:assert/strict';
import { createGuardLine, passed, type Guardrail, type GuardrailSubject } from '@agent-factory/sdk/contracts';
import type { GuardrailVerdict } from '@agent-factory/sdk/domain';
import { rejectsWith } from '@agent-factory/sdk/testing';

type Check = (value: string) => GuardrailVerdict | Promise<GuardrailVerdict>;

const guardrail = (name: string, check: Check): Guardrail => ({
  name,
  description: 'For this test.',
  stages: ['input', 'toolCall'],
  settings: { type: 'object' },
  prepare: async () => ({ check: ({ value }) => check(typeof value === 'string' ? value : '') }),
});

const shout = guardrail('shout', (value) => ({
  verdict: 'redact',
  code: 'shout',
  reason: 'It was too quiet.',
  value: value.toUpperCase(),
  spans: [],
}));
const later = guardrail('later', async (value) =>
  value === 'LATER' ? { verdict: 'ask', code: 'later', reason: 'Is it time?' } : passed,
);
const stop = guardrail('stop', (value) =>
  value === 'STOP' ? { verdict: 'block', code: 'stop', reason: 'It says stop.' } : passed,
);
const broken = guardrail('broken', () => {
  throw new Error('out of order');
});
const known = [shout, later, stop, broken];
const subject = (value: string): GuardrailSubject => ({ stage: 'input', value, agent: 'a', runId: 'r' });

describe('createGuardLine', () => {
  it('hands what one guardrail left to the next, at once where it can', async () => {
    const line = await createGuardLine([{ use: 'shout' }, { use: 'stop' }], known);
    const outcome = line.check(subject('stop'));
    assert.ok(!(outcome instanceof Promise));
    assert.equal(outcome.verdict, 'block');
    assert.deepEqual(
      outcome.trips.map(({ guardrail: name }) => name),
      ['shout', 'stop'],
    );
    assert.deepEqual(line.check(subject('go on')), {
      verdict: 'pass',
      value: 'GO ON',
      trips: [{ guardrail: 'shout', verdict: await shoutVerdict() }],
    });
  });

  it('waits for those that take time, and stops at the first that does not let pass', async () => {
    const line = await createGuardLine([{ use: 'shout' }, { use: 'later' }, { use: 'stop' }], known);
    assert.equal((await line.check(subject('later'))).verdict, 'ask');
    assert.equal((await line.check(subject('stop'))).verdict, 'block');
    assert.equal((await line.check(subject('go on'))).verdict, 'pass');
  });

  it('asks only those that watch the stage and the tool', async () => {
    const uses = [
      { use: 'stop', stages: ['input'] as const },
      { use: 'broken', tools: ['mail'], stages: ['toolCall'] as const },
    ];
    const line = await createGuardLine(uses, known);
    assert.ok(line.watches('input') && !line.watches('output'));
    assert.ok(line.watches('toolCall', 'mail') && !line.watches('toolCall', 'search'));
    const call = { ...subject('x'), stage: 'toolCall' as const, tool: 'search' };
    assert.equal((await line.check(call)).verdict, 'pass');
  });

  it('lets nothing pass a guardrail that does not work', async () => {
    const line = await createGuardLine([{ use: 'broken' }], known);
    const error = await rejectsWith((async () => line.check(subject('x')))(), 'AF_GUARDRAIL_FAILED');
    assert.match(error.message, /"broken" could not check the input: out of order/);
  });

  it('refuses guardrails that are not there, and stages they do not look at', async () => {
    await rejectsWith(createGuardLine([{ use: 'none' }], known), 'AF_GUARDRAIL_UNKNOWN');
    await rejectsWith(
      createGuardLine([{ use: 'stop', stages: ['output'] }], known),
      'AF_GUARDRAIL_SETTINGS_INVALID',
    );
  });
});

async function shoutVerdict(): Promise<GuardrailVerdict> {
  const prepared = await shout.prepare({});
  return prepared.check(subject('go on'));
}
