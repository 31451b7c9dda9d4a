import type { RunDiff, RunSide, StepDiff } from './run-diff.ts';
import type { RunStep } from './run-steps.ts';
import { markedText, type TextPiece } from './text-diff.ts';

const signs = { same: ' ', changed: '~', removed: '-', added: '+' } as const;
const mostChars = 400;

/** A diff of two runs for people: both sides, then a line for each step; what differs word by word. */
export function runDiffText(diff: RunDiff): string {
  const { left, right, steps, input, output, more } = diff;
  const lines = [`- ${sideText(left)}`, `+ ${sideText(right)}`, moreText(more), ''];
  if (isChanged(input)) lines.push(`input: ${markedText(input)}`);
  for (const step of steps) lines.push(...stepText(step));
  lines.push(isChanged(output) ? `output: ${markedText(output)}` : 'output: the same');
  lines.push(diff.isSame ? 'Both did the same.' : 'They differ.');
  return lines.join('\n');
}

function stepText({ change, left, right, input, output }: StepDiff): readonly string[] {
  const step = right ?? left;
  if (!step) return [];
  const lines = [`${signs[change]} ${step.kind} ${step.name}${errorText(left, right)}`];
  if (change === 'changed') {
    if (input) lines.push(`    given: ${markedText(input)}`);
    if (output) lines.push(`    gave: ${markedText(output)}`);
  } else if (change !== 'same') {
    if (step.input !== undefined) lines.push(`    given: ${short(step.input)}`);
    if (step.output !== undefined) lines.push(`    gave: ${short(step.output)}`);
  }
  return lines;
}

function errorText(left: RunStep | undefined, right: RunStep | undefined): string {
  const codes = [left?.error, right?.error].filter((code) => code !== undefined);
  return codes.length === 0 ? '' : ` (${[...new Set(codes)].join(', ')})`;
}

function sideText({
  runId,
  subject,
  status,
  turns,
  toolCalls,
  usage,
  cost,
  durationMs,
  error,
}: RunSide): string {
  const parts = [
    `${runId} ${subject} ${status}${error === undefined ? '' : ` ${error}`}`,
    `${turns} turns`,
    `${toolCalls} tool calls`,
    `${usage.inputTokens + usage.outputTokens} tokens`,
  ];
  if (cost) parts.push(`${(cost.nanoUsd / 1e9).toFixed(6)} USD${cost.unpriced > 0 ? ' and more' : ''}`);
  if (durationMs !== undefined) parts.push(`${durationMs} ms`);
  return parts.join(', ');
}

function moreText({ tokens, nanoUsd, durationMs }: RunDiff['more']): string {
  const parts = [`${signed(tokens)} tokens`];
  if (nanoUsd !== undefined) parts.push(`${signed(nanoUsd / 1e9, 6)} USD`);
  if (durationMs !== undefined) parts.push(`${signed(durationMs)} ms`);
  return `  ${parts.join(', ')}`;
}

function signed(value: number, digits: number = 0): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}

function isChanged(pieces: readonly TextPiece[]): boolean {
  return pieces.some(({ kind }) => kind !== 'same');
}

function short(text: string): string {
  return text.length > mostChars ? `${text.slice(0, mostChars)}…` : text;
}
