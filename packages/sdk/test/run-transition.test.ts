import assert from 'node:assert/strict';
import {
  addUsage,
  applyEvent,
  emptyUsage,
  maxToolMessageChars,
  messagesOf,
  toolMessageOf,
  type Run,
  type RunEvent,
  type RunEventData,
  type RunEventType,
} from '@agent-factory/sdk/domain';

const subject = { kind: 'agent', name: 'guide', hash: 'a'.repeat(64) } as const;
const usage = { inputTokens: 10, outputTokens: 5 };
const error = { code: 'AF_X', message: 'It broke.', fix: 'Mend it.', retryable: false };

function journal(
  ...entries: readonly {
    readonly [Type in RunEventType]: readonly [Type, RunEventData[Type]];
  }[RunEventType][]
): RunEvent[] {
  return entries.map(
    ([type, data], index) => ({ runId: 'r', seq: index + 1, type, at: 100 + index, data }) as RunEvent,
  );
}

function rebuild(events: readonly RunEvent[]): Run {
  let run: Run | undefined;
  for (const event of events) run = applyEvent(run, event);
  assert.ok(run);
  return run;
}

const created = [
  'run.created',
  {
    subject,
    input: [
      { role: 'system', content: 'Never shown.' },
      { role: 'user', content: 'Roll two dice.' },
    ],
    limits: {},
    metadata: { ticket: 7 },
  },
] as const;
const look = { kind: 'decision', callId: 'a', tool: 'roll', detail: 'Look.' } as const;
const started = ['run.started', { attempt: 1 }] as const;
const asked = (turn: number) =>
  ['model.requested', { turn, provider: 'p', model: 'm', messages: 2, tools: [] }] as const;
const calls = [
  'model.responded',
  {
    turn: 1,
    message: {
      role: 'assistant',
      content: '',
      toolCalls: [
        { id: 'a', name: 'roll', input: {} },
        { id: 'b', name: 'roll', input: {} },
      ],
    },
    finishReason: 'tool_calls',
    usage,
    durationMs: 1,
  },
] as const;
const begun = (callId: string, attempt = 1) =>
  ['tool.started', { turn: 1, callId, tool: 'roll', input: {}, idempotencyKey: callId, attempt }] as const;
const ended = (callId: string, output: number) =>
  ['tool.finished', { turn: 1, callId, tool: 'roll', output, durationMs: 1 }] as const;
const answered = [
  'model.responded',
  {
    turn: 2,
    message: { role: 'assistant', content: '3 and 4.' },
    finishReason: 'stop',
    usage,
    durationMs: 1,
  },
] as const;
const whole = journal(
  created,
  started,
  asked(1),
  calls,
  begun('a'),
  begun('b'),
  ended('b', 4),
  ended('a', 3),
  asked(2),
  answered,
  ['run.succeeded', { output: '3 and 4.', citations: [], usage: addUsage(usage, usage) }],
);

describe('applyEvent', () => {
  it('rebuilds a run from its events alone', () => {
    assert.deepEqual(rebuild(whole), {
      id: 'r',
      subject,
      status: 'succeeded',
      input: created[1].input,
      output: '3 and 4.',
      citations: [],
      usage: { inputTokens: 20, outputTokens: 10 },
      cost: { nanoUsd: 0, unpriced: 2 },
      turns: 2,
      toolCalls: 2,
      metadata: { ticket: 7 },
      createdAt: 100,
      startedAt: 101,
      endedAt: 110,
      lastSeq: 11,
    });
  });

  it('gives the same run from events that went through JSON', () => {
    assert.deepEqual(rebuild(JSON.parse(JSON.stringify(whole)) as RunEvent[]), rebuild(whole));
  });

  it('does not change the run it is given', () => {
    const before = rebuild(whole.slice(0, 3));
    const frozen = Object.freeze({ ...before });
    applyEvent(frozen, whole[3]!);
    assert.deepEqual(frozen, before);
  });

  it('counts a tool call once, however often it is attempted', () => {
    assert.equal(rebuild(journal(created, started, asked(1), calls, begun('a'), begun('a', 2))).toolCalls, 1);
  });

  it('knows a turn that is asked again', () => {
    assert.equal(
      rebuild(
        journal(created, started, asked(1), ['model.failed', { turn: 1, error, willRetry: true }], asked(1)),
      ).turns,
      1,
    );
  });

  it('waits, and forgets what it waited for when it ends', () => {
    const waiting = rebuild(journal(created, started, ['run.waiting', { for: [look], wakeAt: 900 }]));
    assert.equal(waiting.status, 'waiting');
    assert.deepEqual(waiting.waitingFor, [look]);
    assert.equal(waiting.wakeAt, 900);
    const over = applyEvent(waiting, {
      runId: 'r',
      seq: 4,
      type: 'run.cancelled',
      at: 9,
      data: { reason: 'x', usage: emptyUsage },
    });
    assert.equal(over.status, 'cancelled');
    assert.equal('waitingFor' in over || 'wakeAt' in over, false);
  });

  it('goes on when what it waited for has happened', () => {
    const run = rebuild(
      journal(
        created,
        started,
        ['run.waiting', { for: [{ kind: 'approval', approvalId: 'x', detail: 'Pay?' }] }],
        ['approval.resolved', { approvalId: 'x', outcome: 'approved', by: 'ann' }],
        ['run.resumed', { reason: 'approval' }],
        ['run.started', { attempt: 2 }],
      ),
    );
    assert.equal(run.status, 'running');
    assert.equal(run.waitingFor, undefined);
  });

  it('adds what its children used, and keeps apart what has no price', () => {
    const child = {
      path: 'a',
      runId: 'r2',
      status: 'succeeded',
      usage,
      cost: { nanoUsd: 500, unpriced: 1 },
    } as const;
    const priced = [calls[0], { ...calls[1], costNanoUsd: 250 }] as const;
    const run = rebuild(journal(created, started, asked(1), priced, ['child.finished', child]));
    assert.deepEqual(run.usage, { inputTokens: 20, outputTokens: 10 });
    assert.deepEqual(run.cost, { nanoUsd: 750, unpriced: 1 });
  });

  it('lets the steps of a workflow ask models at the same time', () => {
    const ask = (turn: number, path: string) => ['model.requested', { ...asked(turn)[1], path }] as const;
    const answer = (turn: number, path: string) =>
      ['model.responded', { ...answered[1], turn, path }] as const;
    const run = rebuild(journal(created, started, ask(1, 'a'), ask(2, 'b'), answer(1, 'a'), answer(2, 'b')));
    assert.equal(run.turns, 2);
    assert.equal(run.usage.inputTokens, 20);
  });

  it('refuses a gap, a repetition, and an event of another run', () => {
    const run = rebuild(whole.slice(0, 3));
    for (const event of [whole[4]!, whole[2]!, { ...whole[3]!, runId: 'other' }]) {
      assert.throws(() => applyEvent(run, event), { code: 'AF_RUN_EVENT_GAP' });
    }
    assert.throws(() => applyEvent(undefined, whole[1]!), { code: 'AF_RUN_EVENT_GAP' });
  });

  const impossible: Readonly<Record<string, RunEvent[]>> = {
    'a start before the creation': journal(started),
    'a second creation': journal(created, created),
    'a question before the start': journal(created, asked(1)),
    'a turn that was left out': journal(created, started, asked(2)),
    'an answer to another turn': journal(created, started, asked(1), answered),
    'a start after the end': [...whole, { ...whole[1]!, seq: 12 }],
    'an end after the end': [...whole, { ...whole[10]!, seq: 12 }],
    'success without work': journal(created, ['run.succeeded', { output: '', citations: [], usage }]),
    'work while it waits': journal(created, started, ['run.waiting', { for: [look], wakeAt: 900 }], asked(1)),
  };
  for (const [what, events] of Object.entries(impossible)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => rebuild(events), { code: 'AF_RUN_EVENT_IMPOSSIBLE' });
    });
  }
});

describe('messagesOf', () => {
  it('puts the results in the order of the calls and leaves the system message out', () => {
    assert.deepEqual(messagesOf(whole), [
      { role: 'user', content: 'Roll two dice.' },
      calls[1].message,
      { role: 'tool', toolCallId: 'a', name: 'roll', content: '3' },
      { role: 'tool', toolCallId: 'b', name: 'roll', content: '4' },
      { role: 'assistant', content: '3 and 4.' },
    ]);
  });

  it('shows an error with what to do about it', () => {
    assert.deepEqual(toolMessageOf({ turn: 1, callId: 'a', tool: 'roll', error, durationMs: 0 }), {
      role: 'tool',
      toolCallId: 'a',
      name: 'roll',
      content: 'It broke. Mend it. (AF_X)',
      isError: true,
    });
  });

  it('cuts a result that is too long, with a mark, and never inside a character', () => {
    const output = `${'x'.repeat(maxToolMessageChars - 1)}😀 and more`;
    const { content } = toolMessageOf({ turn: 1, callId: 'a', tool: 'roll', output, durationMs: 0 });
    assert.ok(typeof content === 'string' && content.isWellFormed());
    assert.match(content, /x\n\[cut here: 11 of 65546 characters are left out\]$/);
  });
});
