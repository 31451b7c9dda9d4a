import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { GuardrailSpan, GuardrailVerdict } from '@agent-factory/sdk/domain';
import { redacted } from './texts-of.ts';

/** What follows when a guardrail finds something. */
export type Action = 'block' | 'redact' | 'ask';

/** JSON Schema of an action. */
export function actionSchema(actions: readonly Action[], standard: Action): JsonSchema {
  const description =
    'What follows: it goes no further, goes on without what was found, or waits for a person.';
  return { enum: actions, default: standard, description };
}

/** What was found, and where. */
export interface Finding {
  readonly code: string;
  readonly reason: string;
  readonly spans: readonly GuardrailSpan[];
}

/** The verdict on a value in which something was found. */
export function verdictOf(action: Action, value: Json, { code, reason, spans }: Finding): GuardrailVerdict {
  if (action !== 'redact') return { verdict: action, code, reason, spans };
  return { verdict: 'redact', code, reason, value: redacted(value, spans), spans };
}

/** How many there were of each kind: `2 email, 1 iban`. Names no text that was found. */
export function countKinds(spans: readonly GuardrailSpan[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of spans) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).join(', ');
}
