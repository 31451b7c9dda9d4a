import { EventEmitter } from 'node:events';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { McpCaller, McpResource, Signals } from '@agent-factory/sdk/contracts';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { findResource } from './resources.ts';
import { hashOf, type Sessions } from './sessions.ts';

/** Milliseconds between looks at a session whose change nobody tells of. */
const lookMs = 15_000;
const channel = 'http_mcp_sessions';

/** What clients are told without having asked: that resources they subscribed to have changed. */
export interface Pushes extends Disposable {
  /** To be called when a session was changed, or has ended. */
  changed(session: string): void;
  /** What a client is told, until its session is over or `signal` aborts. */
  follow(session: string, caller: McpCaller): AsyncGenerator<JSONRPCMessage>;
}

/** Creates them; with signals a subscription that was made in another process is heard of at once. */
export function createPushes(
  resources: readonly McpResource[],
  sessions: Sessions | undefined,
  signals: Signals | undefined,
): Pushes {
  const news = new EventEmitter().setMaxListeners(0);
  const heard =
    sessions &&
    signals?.subscribe(channel, (name) => {
      if (name !== undefined) news.emit(name);
    });
  return {
    [Symbol.dispose]: () => heard?.[Symbol.dispose](),
    changed(session) {
      const name = hashOf(session);
      news.emit(name);
      signals?.publish(channel, name).catch(() => {}); // it is looked at from time to time
    },
    async *follow(id, caller) {
      const name = hashOf(id);
      const changed = new Set<string>();
      const watched = new Map<string, Disposable | undefined>();
      let woken = Promise.withResolvers<void>();
      const wake = (): void => woken.resolve();
      const timer = setInterval(wake, lookMs);
      news.on(name, wake);
      caller.signal.addEventListener('abort', wake);
      try {
        while (!caller.signal.aborted) {
          woken = Promise.withResolvers();
          const subscriptions = await sessions?.get(caller.principal, id).then(
            (session) => session.subscriptions,
            (error: unknown) => {
              if (isAgentFactoryError(error, 'AF_MCP_SESSION_UNKNOWN')) return undefined;
              throw error;
            },
          );
          if (!subscriptions) return;
          for (const [uri, watch] of watched)
            if (!subscriptions.includes(uri)) {
              watch?.[Symbol.dispose]();
              watched.delete(uri);
              changed.delete(uri);
            }
          for (const uri of subscriptions)
            if (!watched.has(uri)) {
              const tell = (): void => {
                changed.add(uri);
                wake();
              };
              watched.set(uri, resourceAt(resources, uri, caller)?.watch?.(uri, caller, tell));
            }
          for (const uri of changed) {
            changed.delete(uri);
            yield { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } };
          }
          await woken.promise;
        }
      } finally {
        clearInterval(timer);
        news.off(name, wake);
        caller.signal.removeEventListener('abort', wake);
        for (const watch of watched.values()) watch?.[Symbol.dispose]();
      }
    },
  };
}

/** What was subscribed to may be gone, or not to be seen any more. */
function resourceAt(
  resources: readonly McpResource[],
  uri: string,
  caller: McpCaller,
): McpResource | undefined {
  try {
    return findResource(resources, uri, caller).resource;
  } catch {
    return undefined;
  }
}
