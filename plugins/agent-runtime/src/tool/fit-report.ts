import type { Json } from '@agent-factory/sdk';
import { toolLogLevels, type ToolReport } from '@agent-factory/sdk/domain';

const maxChars = 4000;

/** A report as it is kept; `undefined` for what is none. Tools of others say what they like. */
export function fitReport(given: unknown): ToolReport | undefined {
  const { kind, progress, total, message, level, data } = Object(given) as Record<string, unknown>;
  if (kind === 'progress') {
    if (!Number.isFinite(progress)) return undefined;
    return {
      kind,
      progress: progress as number, // looked at, as is the other
      ...(Number.isFinite(total) && { total: total as number }),
      ...(typeof message === 'string' && { message: message.slice(0, maxChars).toWellFormed() }),
    };
  }
  const known = toolLogLevels.find((one) => one === level);
  if (kind !== 'log' || known === undefined) return undefined;
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch {
    // A circle, or a number too large for JSON: not to be told.
  }
  if (text === undefined) return undefined;
  if (text.length <= maxChars) return { kind, level: known, data: JSON.parse(text) as Json }; // as just written
  const begun = (typeof data === 'string' ? data : text).slice(0, maxChars).toWellFormed();
  return { kind, level: known, data: `${begun}…` };
}
