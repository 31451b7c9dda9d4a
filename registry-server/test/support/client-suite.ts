import assert from 'node:assert/strict';
import { createAuthorKey, type SigningKey } from '@agent-factory/plugin-package';
import { createNpmClient, type ClientName, type NpmClient } from './npm-clients.ts';
import { openTestRegistry, type TestRegistry } from './open-test-registry.ts';

/** The author of all plugins that clients publish. */
export const key: SigningKey = createAuthorKey();

/** One registry for the clients of a suite. */
export interface ClientSuite {
  readonly registry: TestRegistry;
  /** Sets a client up, logged in as an account of its own name unless another is said, or as nobody. */
  setUp(name: ClientName, account?: string | null): Promise<NpmClient>;
  /** Has the registry say that something is wrong with version 1.0.0 of a package. */
  advise(name: string): Promise<void>;
  tagsOf(name: string): Promise<unknown>;
}

/** Opens a registry for the tests of a suite, and takes its clients away afterwards. */
export function clientSuite(): ClientSuite {
  let registry: TestRegistry;
  let admin: string;
  const clients: NpmClient[] = [];

  before(async () => {
    registry = await openTestRegistry();
    admin = await registry.account('root', { role: 'admin' });
  });
  after(async () => {
    await registry.close();
    for (const client of clients) client.remove();
  });

  return {
    get registry() {
      return registry;
    },
    async setUp(name, account = name) {
      const token = account === null ? undefined : await registry.account(account);
      const client = createNpmClient(name, registry.url, token);
      clients.push(client);
      return client;
    },
    async advise(name) {
      const body = {
        name,
        versions: '<1.1.0',
        severity: 'high',
        title: 'It leaks',
        url: 'https://example.com/1',
      };
      const answer = await registry.ask('POST', '/-/af/v1/advisories', { token: admin, body });
      assert.equal(answer.status, 201);
    },
    tagsOf: async (name) =>
      (await registry.ask('GET', `/-/package/${name.replace('/', '%2f')}/dist-tags`)).json,
  };
}
