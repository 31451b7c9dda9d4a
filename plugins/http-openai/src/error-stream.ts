import { isAgentFactoryError } from '@agent-factory/sdk';
import type { ServerSentEvent } from '@agent-factory/sdk/contracts';
import { openaiError } from './error-body.ts';

/** An answer under way whose problems are told as OpenAI's clients read them. What nobody foresaw is the platform's to tell. */
export async function* streamOf(
  events: AsyncGenerator<ServerSentEvent>,
  named?: string,
): AsyncGenerator<ServerSentEvent> {
  try {
    yield* events;
  } catch (error) {
    if (!isAgentFactoryError(error)) throw error;
    const { code, status, message: detail, fix, retryable } = error;
    const { error: told } = openaiError({ code, status, title: code, detail, fix, retryable });
    yield named === undefined
      ? { data: { error: told } }
      : { event: named, data: { type: named, ...(told as object) } };
  }
}
