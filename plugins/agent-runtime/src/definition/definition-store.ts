import { canonicalJson } from '@agent-factory/sdk';
import type { UseTenant } from '@agent-factory/sdk/contracts';
import type { RunSubject } from '@agent-factory/sdk/domain';

/** Keeps definitions by their hash, for the runs that began with them. */
export interface DefinitionStore {
  /** Whether this process has kept it before. */
  isKept(tenant: string, hash: string): boolean;
  keep(tenant: string, subject: RunSubject, definition: object): Promise<void>;
  kept(tenant: string, hash: string): Promise<object | undefined>;
}

const mostRemembered = 10_000;

/** Creates the store on a tenant's tables. */
export function createDefinitionStore(use: UseTenant): DefinitionStore {
  const remembered = new Set<string>();
  return {
    isKept: (tenant, hash) => remembered.has(`${tenant}/${hash}`),
    async keep(tenant, { kind, name, hash }, definition) {
      await use(tenant, (database) =>
        database.execute(
          'INSERT INTO af_agent_runtime_texts (hash, kind, name, definition, kept_at) VALUES (?, ?, ?, ?, ?)' +
            ' ON CONFLICT DO NOTHING',
          [hash, kind, name, canonicalJson(definition), Date.now()],
        ),
      );
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.add(`${tenant}/${hash}`);
    },
    async kept(tenant, hash) {
      const [row] = await use(tenant, (database) =>
        database.query<{ definition: string }>(
          'SELECT definition FROM af_agent_runtime_texts WHERE hash = ?',
          [hash],
        ),
      );
      return row && (JSON.parse(row.definition) as object); // written from an object
    },
  };
}
