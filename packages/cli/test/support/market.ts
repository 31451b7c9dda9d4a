import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from '@agent-factory/plugin-install';
import { createAuthorKey, packFolder } from '@agent-factory/plugin-package';
import { openRegistry, type OpenRegistry } from '@agent-factory/registry-server';

const password = 'correct horse battery';

/** A registry with one account, which may do everything. */
export interface Market {
  readonly registry: OpenRegistry;
  readonly token: string;
  /** Publishes `@you/<id>`. */
  publish(id: string, block: Readonly<Record<string, unknown>>, parts?: PluginParts): Promise<void>;
  /** Has versions run nowhere any more. */
  block(name: string, reason: string): Promise<void>;
}

interface PluginParts {
  readonly version?: string;
  readonly code?: string;
}

/** Opens a registry in a folder below the one given. */
export async function openMarket(folder: string): Promise<Market> {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const registry = await openRegistry({ port: 0, dataDir: join(folder, 'registry'), log: quiet });
  const response = await fetch(`${registry.url}/-/user/org.couchdb.user:you`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'you', password, email: 'you@example.com', type: 'user', roles: [] }),
  });
  const { token } = (await response.json()) as { token: string };
  const { database } = registry.registry;
  await database.write((sql) => sql.run(`UPDATE accounts SET role = 'admin' WHERE name = 'you'`));
  const key = createAuthorKey();
  return {
    registry,
    token,
    async publish(id, block, { version = '1.0.0', code = 'export default {};\n' } = {}) {
      const source = join(folder, `${id}-${version}`);
      mkdirSync(source);
      const json = { name: `@you/${id}`, version, type: 'module', license: 'MIT', main: 'index.js' };
      writeFileSync(
        join(source, 'package.json'),
        JSON.stringify({
          ...json,
          description: 'A game.',
          keywords: [id],
          agentFactory: { id, kernel: '^0.1.0', ...block },
        }),
      );
      writeFileSync(join(source, 'index.js'), code);
      await publish(await packFolder(source, { key }), { registry: registry.url, token });
    },
    async block(name, reason) {
      const answer = await fetch(`${registry.url}/-/af/v1/blocks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name, versions: '*', reason }),
      });
      if (answer.status !== 201) throw new Error(await answer.text());
    },
  };
}
