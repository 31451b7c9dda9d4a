import { definePlugin, type Plugin, type Secret } from '@agent-factory/sdk';
import { onEvent } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';

/** The configuration, as its schema in package.json describes it. */
interface RunNotifierConfig {
  readonly url: string;
  readonly token?: Secret;
  readonly events: readonly string[];
}

const plugin: Plugin<RunNotifierConfig> = definePlugin<RunNotifierConfig>({
  setup(ctx) {
    const { url, token, events } = ctx.config;
    const pending = new Set<Promise<void>>();

    async function send(event: RunEvent): Promise<void> {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token && { authorization: `Bearer ${token.reveal()}` }),
        },
        body: JSON.stringify({ runId: event.runId, type: event.type, at: event.at }),
        signal: AbortSignal.timeout(3000),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`status ${response.status}`);
    }

    ctx.tap(onEvent, (event) => {
      if (!events.includes(event.type)) return;
      const sent = send(event)
        .catch((error: unknown) =>
          ctx.log.warn('A notification was not delivered.', { error: String(error) }),
        )
        .finally(() => pending.delete(sent));
      pending.add(sent);
    });

    ctx.own(async () => {
      await Promise.all(pending);
    });
  },
});

export default plugin;
