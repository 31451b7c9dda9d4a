import type { Json, JsonObject } from '@agent-factory/sdk';
import type { OpenWait } from '@agent-factory/sdk/contracts';
import { answerOf, type Run } from '@agent-factory/sdk/domain';
import {
  ContentBlockSchema,
  type CallToolResult,
  type ContentBlock,
} from '@modelcontextprotocol/sdk/types.js';

/** What a client is told of a run that has ended, or waits. */
export function resultOf(run: Run, open: readonly OpenWait[]): CallToolResult {
  const meta = { _meta: { 'agent-factory/run': run.id } };
  const { status, error } = run;
  if (status === 'succeeded') return { ...shown(run), ...meta };
  if (error) return { ...failed(`${error.message} ${error.fix} (${error.code})`), ...meta };
  if (status === 'cancelled') return { ...failed(`The run ${run.id} was cancelled.`), ...meta };
  const detail = open.map(({ wait }) => wait.detail).join(' ');
  const who = open[0]?.run.id ?? run.id;
  const told = `The run ${run.id} waits for somebody, and goes on when they have answered under /api/v1/runs/${who}: ${detail}`;
  return { ...failed(told), ...meta };
}

/** What went wrong, so that a model can read it. */
export function failed(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}

/** A list of content blocks is shown as what they are; anything else as JSON. */
function shown(run: Run): CallToolResult {
  const { output } = run;
  if (!isObject(output)) return { content: [{ type: 'text', text: answerOf(run) }] };
  const { content, structuredContent } = output;
  const blocks = blocksOf(content);
  if (!blocks) return { content: [{ type: 'text', text: answerOf(run) }], structuredContent: output };
  const structured = isObject(structuredContent) ? { structuredContent } : {};
  return { content: [...blocks], ...structured };
}

function blocksOf(content: unknown): readonly ContentBlock[] | undefined {
  if (!Array.isArray(content) || content.length === 0) return undefined;
  const blocks = content.map((one) => ContentBlockSchema.safeParse(one));
  return blocks.every(({ success }) => success) ? blocks.flatMap(({ data }) => data ?? []) : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
