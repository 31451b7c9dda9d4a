import assert from 'node:assert/strict';
import { takesLinearTime } from '@agent-factory/sdk/testing';
import type { JsonObject } from '@agent-factory/sdk';
import {
  diffRuns,
  diffText,
  markedText,
  runDiffText,
  stepsOf,
  type RunEvent,
} from '@agent-factory/sdk/domain';

const usage = { inputTokens: 3, outputTokens: 2 };

/** A run that calls one tool and answers. */
function runOf(
  runId: string,
  parts: {
    readonly model?: string;
    readonly at?: string;
    readonly answer?: string;
    readonly callsTool?: boolean;
  },
): readonly RunEvent[] {
  const { model = 'a', at = 'x', answer = 'It is cold today.', callsTool = true } = parts;
  const subject = { kind: 'agent', name: 'guide', hash: 'f'.repeat(64) } as const;
  const asked = (turn: number): JsonObject => ({
    turn,
    provider: 'test',
    model,
    messages: turn + 1,
    tools: ['look'],
  });
  const said = (turn: number, message: object): object => ({
    turn,
    message: { role: 'assistant', content: '', ...message },
    finishReason: 'stop',
    usage,
    costNanoUsd: 100 * turn,
    durationMs: turn,
  });
  const call = { turn: 1, callId: 'c', tool: 'look' };
  const events: readonly (readonly [RunEvent['type'], object])[] = [
    ['run.created', { subject, input: [{ role: 'user', content: 'Weather?' }], limits: {} }],
    ['run.started', { attempt: 1 }],
    ...(callsTool
      ? ([
          ['model.requested', asked(1)],
          ['model.responded', said(1, { toolCalls: [{ id: 'c', name: 'look', input: { at } }] })],
          ['tool.started', { ...call, input: { at }, idempotencyKey: 'k', attempt: 1 }],
          ['tool.finished', { ...call, output: `seen ${at}`, durationMs: 5 }],
        ] as const)
      : []),
    ['model.requested', asked(callsTool ? 2 : 1)],
    ['model.responded', said(callsTool ? 2 : 1, { content: answer })],
    ['run.succeeded', { output: answer, citations: [], usage }],
  ];
  // Type and data are kept together above.
  return events.map(
    ([type, data], index) => ({ runId, seq: index + 1, type, at: 1000 + index, data }) as RunEvent,
  );
}

describe('a diff of two texts', () => {
  it('is word by word, and both texts can be read off it', () => {
    const [left, right] = ['The sky is blue, and high.', 'The sea is blue and very high.'];
    const pieces = diffText(left, right);
    assert.equal(pieces.flatMap(({ kind, text }) => (kind === 'added' ? [] : [text])).join(''), left);
    assert.equal(pieces.flatMap(({ kind, text }) => (kind === 'removed' ? [] : [text])).join(''), right);
    assert.equal(markedText(pieces), 'The [-sky-]{+sea+} is blue[-,-] and{+ very+} high.');
  });

  it('takes neither long nor much memory for long texts that have nothing in common', async () => {
    const words = (letter: string, count: number): string =>
      Array.from({ length: count }, (_, index) => letter + index).join(' ');
    const diff = (count: number): readonly { readonly kind: string }[] =>
      diffText(words('a', count), words('b', count));
    assert.equal(diff(20_000).filter(({ kind }) => kind === 'added').length, 1);
    await takesLinearTime(diff, 20_000);
  });
});

describe('a diff of two runs', () => {
  it('of equal ones says so, times and money aside', () => {
    const diff = diffRuns(runOf('a', {}), runOf('b', {}));
    assert.equal(diff.isSame, true);
    assert.deepEqual(diff.more, { tokens: 0, nanoUsd: 0, durationMs: 0 });
    assert.match(runDiffText(diff), /Both did the same\.$/);
  });

  it('lays their steps side by side, and marks what was given and came out otherwise', () => {
    const diff = diffRuns(runOf('a', {}), runOf('b', { at: 'y', answer: 'It is warm today.' }));
    assert.deepEqual(
      diff.steps.map(({ change, left }) => [change, left?.kind, left?.name]),
      [
        ['changed', 'model', 'test/a'],
        ['changed', 'tool', 'look'],
        ['changed', 'model', 'test/a'],
      ],
    );
    const text = runDiffText(diff);
    assert.match(
      text,
      /~ tool look\n {4}given: \{"at":"\[-x-\]\{\+y\+\}"\}\n {4}gave: seen \[-x-\]\{\+y\+\}/,
    );
    assert.match(text, /output: It is \[-cold-\]\{\+warm\+\} today\./);
  });

  it('shows steps that only one of them did, and what they cost more', () => {
    const diff = diffRuns(runOf('a', { callsTool: false }), runOf('b', { model: 'a' }));
    assert.deepEqual(diff.steps.map(({ change }) => change).sort(), ['added', 'added', 'same']);
    assert.deepEqual([diff.isSame, diff.more.tokens, diff.more.nanoUsd], [false, 5, 200]);
    assert.match(runDiffText(diff), /^\+ tool look$/m);
  });

  it('names every kind of step by what it is', () => {
    assert.deepEqual(
      stepsOf(runOf('a', {})).map(({ kind, name, input, tokens }) => [kind, name, input, tokens]),
      [
        ['model', 'test/a', undefined, 5],
        ['tool', 'look', '{"at":"x"}', undefined],
        ['model', 'test/a', undefined, 5],
      ],
    );
  });
});
