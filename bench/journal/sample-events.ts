import type { Message, Run, RunEvent, RunStatus, RunSubject } from '@agent-factory/sdk/domain';

/** One append of a run: its events, and the run after them. */
export interface SampleAppend {
  readonly events: readonly RunEvent[];
  readonly run: Run;
}

const question =
  'How far is it from the harbour to the old lighthouse on foot, and is the path open in winter?';
const answer =
  'It is 4.2 km from the harbour to the old lighthouse. The coastal path is open in winter, except after storms, ' +
  'when the steps below the chapel are closed; allow an hour and a quarter.';
const input: readonly Message[] = [{ role: 'user', content: question }];
const usage = { inputTokens: 812, outputTokens: 96 };
const hash = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';

/** A run of two turns and one tool call, as the runtime appends it: nine events in four appends. */
export function sampleAppends(runId: string, createdAt: number, agent = 'guide'): readonly SampleAppend[] {
  const subject: RunSubject = { kind: 'agent', name: agent, hash };
  let seq = 0;
  const head = () => ({ runId, seq: ++seq, at: createdAt + seq });
  const call = { id: 'call_1', name: 'distance', input: { from: 'harbour', to: 'lighthouse', mode: 'walk' } };
  const asked = (turn: number): RunEvent => ({
    ...head(),
    type: 'model.requested',
    data: {
      turn,
      provider: 'openai',
      model: 'gpt-5-mini',
      messages: 2 * turn,
      tools: ['distance', 'weather'],
    },
  });
  const answered = (turn: number, content: string, toolCalls: readonly (typeof call)[]): RunEvent => ({
    ...head(),
    type: 'model.responded',
    data: {
      turn,
      message: { role: 'assistant', content, ...(toolCalls.length > 0 && { toolCalls }) },
      finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
      usage,
      durationMs: 640,
    },
  });
  const tool = { turn: 1, callId: call.id, tool: call.name };
  const parts: RunEvent[][] = [
    [
      { ...head(), type: 'run.created', data: { subject, input, limits: { turns: 8 } } },
      { ...head(), type: 'run.started', data: { attempt: 1 } },
      asked(1),
    ],
    [
      answered(1, '', [call]),
      {
        ...head(),
        type: 'tool.started',
        data: { ...tool, input: call.input, idempotencyKey: `${runId}:1:call_1`, attempt: 1 },
      },
    ],
    [
      {
        ...head(),
        type: 'tool.finished',
        data: { ...tool, output: { metres: 4200, minutes: 74, path: 'coastal' }, durationMs: 31 },
      },
      asked(2),
    ],
    [
      answered(2, answer, []),
      { ...head(), type: 'run.succeeded', data: { output: answer, citations: [], usage } },
    ],
  ];
  const runAfter = (events: readonly RunEvent[], status: RunStatus, turns: number): Run => ({
    id: runId,
    subject,
    status,
    input,
    citations: [],
    usage,
    turns,
    toolCalls: turns > 0 ? 1 : 0,
    createdAt,
    startedAt: createdAt + 2,
    lastSeq: events.at(-1)?.seq ?? 0,
    ...(status === 'succeeded' && { output: answer, endedAt: createdAt + 9 }),
  });
  return parts.map((events, index) => ({
    events,
    run: runAfter(events, index === 3 ? 'succeeded' : 'running', index === 0 ? 0 : index === 3 ? 2 : 1),
  }));
}
