import { canonicalJson } from '@agent-factory/sdk';
import type { ConversationMemory, SemanticMemory, TenantMemory } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import type { LiveRun } from './live-run.ts';
import type { RunEffects } from './run-effects.ts';

/** What an agent does with conversations that are kept, and with what it remembers. */
export function memoryEffects(
  live: LiveRun,
  memory: ConversationMemory | undefined,
  semantic: SemanticMemory | undefined,
): Pick<RunEffects, 'readConversation' | 'addToConversation' | 'oldConversation' | 'summarise' | 'remember'> {
  const own = (): TenantMemory => {
    if (!memory) throw errors.AF_RUN_NO_MEMORY({});
    return memory.tenant(live.tenant);
  };
  return {
    readConversation: (session, window) => own().read(session, window),
    async addToConversation(session, messages, options) {
      const conversation = own();
      // With the run's own events nothing is lost or done twice.
      const along = await memory?.statements?.toAppend(session, messages, options);
      if (along) return { along };
      await live.commit();
      live.check();
      // After a restart it may have been added before.
      if (live.progress.attempt > 1) {
        const { messages: newest } = await conversation.read(session, { last: messages.length });
        const isThere =
          newest.length === messages.length &&
          canonicalJson(newest.map(({ message }) => message)) === canonicalJson(messages);
        const last = newest.at(-1);
        if (isThere && last) return { seq: last.seq };
      }
      return { seq: await conversation.append(session, messages, options) };
    },
    async oldConversation(session, { after, keep }) {
      const { summary, messages } = await own().read(session, {});
      const old = messages.slice(0, Math.max(messages.length - keep, 0));
      const upTo = old.at(-1)?.seq;
      if (messages.length <= after || upTo === undefined) return undefined;
      return { summary: summary?.text, messages: old.map(({ message }) => message), upTo };
    },
    summarise: (session, summary) => own().summarise(session, summary),
    async remember(owner, fact) {
      if (!semantic) throw errors.AF_RUN_NO_SEMANTIC_MEMORY({});
      await semantic.tenant(live.tenant).remember(owner, fact, { signal: live.signal });
    },
  };
}
