import { createHash, randomUUID } from 'node:crypto';
import type { JsonObject, Logger } from '@agent-factory/sdk';
import type { DataEntry, DataOwner, PluginData, Principal } from '@agent-factory/sdk/contracts';
import type { ToolLogLevel } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';

/** Most sessions of one caller; the oldest makes room for the next. */
const maxSessions = 200;

/** What is known of a client between its requests, in every process. */
export interface McpSession {
  readonly id: string;
  /** Version of the protocol that was agreed upon. */
  readonly version: string;
  /** What its client can be asked for: to have a person fill in a form, a model answer. */
  readonly elicitation: boolean;
  readonly sampling: boolean;
  /** The least that it is told of logs. */
  readonly level: ToolLogLevel;
  /** Addresses of resources whose changes it is told. */
  readonly subscriptions: readonly string[];
}

/** Sessions of clients. */
export interface Sessions {
  /** Begins one; `undefined` where no more can be kept. */
  open(
    principal: Principal,
    begun: Omit<McpSession, 'id' | 'level' | 'subscriptions'>,
  ): Promise<string | undefined>;
  /** One of the principal's; AF_MCP_SESSION_UNKNOWN. */
  get(principal: Principal, id: string): Promise<McpSession>;
  /** Changes one, whatever others change meanwhile. AF_MCP_SESSION_UNKNOWN. */
  change(
    principal: Principal,
    id: string,
    change: (session: McpSession) => Partial<McpSession>,
  ): Promise<void>;
  /** Ends one. AF_MCP_SESSION_UNKNOWN. */
  close(principal: Principal, id: string): Promise<void>;
}

/** What sessions are kept in. */
export interface SessionParts {
  readonly data: PluginData;
  readonly plugin: string;
  readonly sessionMs: number;
  readonly log: Logger;
}

/** Creates them. Each belongs to whoever began it: its id alone opens nothing. */
export function createSessions({ data, plugin, sessionMs, log }: SessionParts): Sessions {
  const ownerOf = ({ tenant }: Principal): DataOwner => ({ plugin, tenant });
  const prefixOf = ({ id }: Principal): string => `session/${hashOf(id)}/`;
  // Who reads the store learns no id that could be used.
  const keyOf = (principal: Principal, id: string): string => `${prefixOf(principal)}${hashOf(id)}`;

  /** One caller must not use up the room of all. */
  const makeRoom = async (principal: Principal): Promise<void> => {
    const { entries } = await data.list(ownerOf(principal), {
      prefix: prefixOf(principal),
      limit: maxSessions,
    });
    if (entries.length < maxSessions) return;
    const oldest = entries.reduce((first, one) => (endOf(one) < endOf(first) ? one : first));
    await data.delete(ownerOf(principal), oldest.key);
  };

  const read = async (
    principal: Principal,
    id: string,
  ): Promise<{ readonly session: McpSession; readonly value: JsonObject; readonly revision: number }> => {
    const entry = await data.get(ownerOf(principal), keyOf(principal, id));
    const value = entry?.value as JsonObject | undefined; // as it was put
    if (!entry || !value || value['by'] !== principal.id) throw errors.AF_MCP_SESSION_UNKNOWN({});
    const { by: _by, until: _until, ...kept } = value;
    return { session: { ...(kept as unknown as McpSession), id }, value, revision: entry.revision }; // as above
  };

  return {
    async open(principal, begun) {
      const id = randomUUID();
      const value = {
        ...begun,
        level: 'info',
        subscriptions: [],
        by: principal.id,
        until: Date.now() + sessionMs,
      };
      try {
        await makeRoom(principal);
        await data.put(ownerOf(principal), keyOf(principal, id), value, { ttlMs: sessionMs });
        return id;
      } catch (error) {
        log.warn('a session of the Model Context Protocol could not be kept; its client goes on without', {
          error,
        });
        return undefined;
      }
    },
    get: async (principal, id) => (await read(principal, id)).session,
    async change(principal, id, change) {
      for (;;) {
        const { session, value, revision } = await read(principal, id);
        const ttlMs = Math.max(Number(value['until']) - Date.now(), 1);
        const next = { ...value, ...(change(session) as JsonObject) }; // its members are plain data
        try {
          await data.put(ownerOf(principal), keyOf(principal, id), next, { ifRevision: revision, ttlMs });
          return;
        } catch (error) {
          if ((error as { readonly code?: unknown }).code !== 'AF_DATA_CONFLICT') throw error;
        }
      }
    },
    async close(principal, id) {
      await read(principal, id);
      await data.delete(ownerOf(principal), keyOf(principal, id));
    },
  };
}

/** What a session is called where others may read it. */
export function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** All live as long, so the oldest ends first. */
function endOf({ value }: DataEntry): number {
  return Number((value as JsonObject)['until']); // as it was put
}
