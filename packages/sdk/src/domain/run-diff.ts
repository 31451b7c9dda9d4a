import type { RunEvent } from './event.ts';
import { applyEvent } from './run-transition.ts';
import { answerOf, type Run, type RunCost, type Usage } from './run.ts';
import { stepsOf, type RunStep } from './run-steps.ts';
import { diffSequences, type SequencePair } from './sequence-diff.ts';
import { diffText, type TextPiece } from './text-diff.ts';

/** One of two runs that are compared. */
export interface RunSide {
  readonly runId: string;
  /** `agent/guide` */
  readonly subject: string;
  readonly status: Run['status'];
  readonly turns: number;
  readonly toolCalls: number;
  readonly usage: Usage;
  readonly cost?: RunCost;
  /** Milliseconds from its beginning to its end; left out while it goes on. */
  readonly durationMs?: number;
  /** Code of its error. */
  readonly error?: string;
}

/** What two runs did at one place. */
export interface StepDiff {
  readonly change: 'same' | 'changed' | 'removed' | 'added';
  readonly left?: RunStep;
  readonly right?: RunStep;
  /** What they were given, where it differs. */
  readonly input?: readonly TextPiece[];
  /** What came of them, where it differs. */
  readonly output?: readonly TextPiece[];
}

/** How two runs differ. */
export interface RunDiff {
  readonly left: RunSide;
  readonly right: RunSide;
  /** Whether both did the same with the same results, times and money aside. */
  readonly isSame: boolean;
  readonly steps: readonly StepDiff[];
  /** What they were asked, and what they answered, word by word. */
  readonly input: readonly TextPiece[];
  readonly output: readonly TextPiece[];
  /** Right less left; left out where one is not known. */
  readonly more: { readonly tokens: number; readonly nanoUsd?: number; readonly durationMs?: number };
}

/** Compares two runs by their events: what they did and in which order, what was said, what it cost and how long it took. */
export function diffRuns(left: readonly RunEvent[], right: readonly RunEvent[]): RunDiff {
  const [a, b] = [runOf(left), runOf(right)];
  const steps = sideBySide(stepsOf(left), stepsOf(right)).map(stepDiff);
  const output = diffText(endOf(a), endOf(b));
  const input = diffText(textOf(a.input), textOf(b.input));
  const isSame =
    a.status === b.status &&
    steps.every(({ change }) => change === 'same') &&
    [...input, ...output].every(({ kind }) => kind === 'same');
  const [one, other] = [sideOf(a), sideOf(b)];
  return { left: one, right: other, isSame, steps, input, output, more: moreOf(one, other) };
}

type Pair = SequencePair<RunStep>;

/** Equal steps stand opposite each other; between them those that are of one kind and name. */
function sideBySide(left: readonly RunStep[], right: readonly RunStep[]): readonly Pair[] {
  const exact = diffSequences(left, right, ({ kind, name, input, output, error }) =>
    JSON.stringify([kind, name, input, output, error]),
  );
  const pairs: Pair[] = [];
  let between: Pair[] = [];
  const settle = (): void => {
    const some = between.flatMap((pair) => pair.left ?? []);
    const others = between.flatMap((pair) => pair.right ?? []);
    pairs.push(...diffSequences(some, others, ({ kind, name }) => `${kind} ${name}`));
    between = [];
  };
  for (const pair of exact) {
    if (!pair.left || !pair.right) {
      between.push(pair);
      continue;
    }
    settle();
    pairs.push(pair);
  }
  settle();
  return pairs;
}

function stepDiff({ left, right }: Pair): StepDiff {
  if (!left || !right)
    return left ? { change: 'removed', left } : { change: 'added', ...(right && { right }) };
  const input = left.input === right.input ? undefined : diffText(left.input ?? '', right.input ?? '');
  const output = left.output === right.output ? undefined : diffText(left.output ?? '', right.output ?? '');
  const isSame = !input && !output && left.error === right.error;
  return {
    change: isSame ? 'same' : 'changed',
    left,
    right,
    ...(input && { input }),
    ...(output && { output }),
  };
}

function runOf(events: readonly RunEvent[]): Run {
  const run = events.reduce<Run | undefined>(applyEvent, undefined);
  if (!run) throw new TypeError('a run has at least one event');
  return run;
}

function sideOf(run: Run): RunSide {
  const { id, subject, status, turns, toolCalls, usage, cost, createdAt, endedAt, error } = run;
  return {
    runId: id,
    subject: `${subject.kind}/${subject.name}`,
    status,
    turns,
    toolCalls,
    usage,
    ...(cost && { cost }),
    ...(endedAt !== undefined && { durationMs: endedAt - createdAt }),
    ...(error && { error: error.code }),
  };
}

function endOf(run: Run): string {
  return run.error ? `${run.error.code}: ${run.error.message}` : answerOf(run);
}

function textOf(value: Run['input']): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function moreOf(left: RunSide, right: RunSide): RunDiff['more'] {
  const tokens = (side: RunSide): number => side.usage.inputTokens + side.usage.outputTokens;
  const isPriced = left.cost?.unpriced === 0 && right.cost?.unpriced === 0;
  return {
    tokens: tokens(right) - tokens(left),
    ...(isPriced && left.cost && right.cost && { nanoUsd: right.cost.nanoUsd - left.cost.nanoUsd }),
    ...(left.durationMs !== undefined &&
      right.durationMs !== undefined && { durationMs: right.durationMs - left.durationMs }),
  };
}
