import type { Json } from '../json.ts';
import type { RunEvent } from './event.ts';
import type { AssistantMessage } from './message.ts';

/** One thing a run did, as a diff compares it. */
export interface RunStep {
  readonly kind:
    | 'model'
    | 'tool'
    | 'handoff'
    | 'child'
    | 'step'
    | 'route'
    | 'approval'
    | 'guardrail'
    | 'memory'
    | 'rejected';
  /** Number of the event that ended it. */
  readonly seq: number;
  /** What it is: `openai/gpt`, the name of the tool, the path of the step. */
  readonly name: string;
  /** What it was given, as text. */
  readonly input?: string;
  /** What came of it, as text. */
  readonly output?: string;
  /** Code of its error. */
  readonly error?: string;
  readonly durationMs?: number;
  readonly costNanoUsd?: number;
  /** Tokens read and written. */
  readonly tokens?: number;
}

/** What a run did, in the order in which it ended. */
export function stepsOf(events: readonly RunEvent[]): readonly RunStep[] {
  const asked = new Map<string, string>();
  const inputs = new Map<string, string>();
  return events.flatMap((event): readonly RunStep[] => {
    const { seq } = event;
    switch (event.type) {
      case 'model.requested': {
        const { path = '', provider, model } = event.data;
        asked.set(path, `${provider}/${model}`);
        return [];
      }
      case 'model.responded': {
        const { path = '', message, usage, durationMs, costNanoUsd } = event.data;
        return [
          {
            kind: 'model',
            seq,
            name: nameOf(asked.get(path), path),
            output: saidIn(message),
            durationMs,
            ...(costNanoUsd !== undefined && { costNanoUsd }),
            tokens: usage.inputTokens + usage.outputTokens,
          },
        ];
      }
      case 'model.failed': {
        const { path = '', error } = event.data;
        return [
          {
            kind: 'model',
            seq,
            name: nameOf(asked.get(path), path),
            error: error.code,
            output: error.message,
          },
        ];
      }
      case 'tool.started':
        inputs.set(event.data.callId, textOf(event.data.input));
        return [];
      case 'tool.finished': {
        const { callId, path = '', tool, output, error, durationMs } = event.data;
        const input = inputs.get(callId);
        return [
          {
            kind: 'tool',
            seq,
            name: nameOf(tool, path),
            ...given(input),
            ...ended(output, error),
            durationMs,
          },
        ];
      }
      case 'handoff':
        return [
          {
            kind: 'handoff',
            seq,
            name: event.data.to.name,
            ...given(event.data.reason),
            ...(event.data.input && { output: textOf(event.data.input as unknown as Json) }), // messages are JSON
          },
        ];
      case 'child.finished':
        return [{ kind: 'child', seq, name: event.data.path, ...ended(event.data.output, event.data.error) }];
      case 'step.finished': {
        const { path, output, error, durationMs } = event.data;
        return [{ kind: 'step', seq, name: path, ...ended(output, error), durationMs }];
      }
      case 'route.decided':
        return [{ kind: 'route', seq, name: event.data.path, output: event.data.target ?? 'nowhere' }];
      case 'approval.resolved': {
        const { approvalId, outcome, reason } = event.data;
        return [{ kind: 'approval', seq, name: approvalId, output: outcome, ...given(reason) }];
      }
      case 'guardrail.tripped': {
        const { guardrail, stage, verdict, reason } = event.data;
        return [{ kind: 'guardrail', seq, name: `${guardrail} ${stage}`, output: `${verdict}: ${reason}` }];
      }
      case 'memory.read':
      case 'memory.written': {
        const verb = event.type === 'memory.read' ? 'read' : 'written';
        return [
          { kind: 'memory', seq, name: `${event.data.kind} ${verb}`, output: textOf(event.data.value) },
        ];
      }
      case 'output.rejected':
        return [{ kind: 'rejected', seq, name: 'output', output: event.data.problems }];
      default:
        return [];
    }
  });
}

function saidIn({ content, toolCalls = [] }: AssistantMessage): string {
  const calls = toolCalls.map(
    ({ name, input, malformed }) => `${name}(${malformed ?? JSON.stringify(input)})`,
  );
  return [content, ...calls].filter((text) => text !== '').join('\n');
}

function nameOf(name: string | undefined, path: string): string {
  return path === '' ? (name ?? '') : `${name ?? ''} in ${path}`;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function given(input: string | undefined): Pick<RunStep, 'input'> {
  return input === undefined ? {} : { input };
}

function ended(
  output: Json | undefined,
  error: { readonly code: string; readonly message: string } | undefined,
): Pick<RunStep, 'output' | 'error'> {
  if (error) return { error: error.code, output: error.message };
  return output === undefined ? {} : { output: textOf(output) };
}
