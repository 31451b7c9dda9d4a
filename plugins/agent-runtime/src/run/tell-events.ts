import type { HookCaller, Logger } from '@agent-factory/sdk';
import type { onEvent } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';

/** Tells those who listen of durable events, in order. Never rejects. */
export async function tellAll(
  tell: HookCaller<typeof onEvent>,
  events: readonly RunEvent[],
  log: Logger,
): Promise<void> {
  for (const event of events) {
    try {
      await tell(event);
    } catch (error) {
      log.warn('a listener to run events failed', { run: event.runId, error });
    }
  }
}
