import assert from 'node:assert/strict';
import { createAuthorKey, type SigningKey } from '@agent-factory/plugin-package';
import type { Sql } from '../../src/store/sql.ts';
import { createNpmClient, type ClientName, type NpmClient } from './npm-clients.ts';
import { startIdentityIssuer, type IdentityIssuer } from './identity-issuer.ts';
import { openTestRegistry, type TestRegistry } from './open-test-registry.ts';

/** The author of all plugins that clients publish. */
export const key: SigningKey = createAuthorKey();

/** One registry for the clients of a suite. */
export interface ClientSuite {
  readonly registry: TestRegistry;
  /** What tells the registry which workflow of a forge is which. */
  readonly issuer: IdentityIssuer;
  /** Sets a client up, logged in as an account of its own name unless another is said, or as nobody, or by a token. */
  setUp(name: ClientName, account?: string | null, token?: string): Promise<NpmClient>;
  /** Has the registry say that something is wrong with version 1.0.0 of a package. */
  advise(name: string): Promise<void>;
  tagsOf(name: string): Promise<unknown>;
}

/** Spoils the signatures in the documents of a package. Gives back what puts them right. */
export async function tamperWith({ registry }: TestRegistry, name: string): Promise<() => Promise<void>> {
  const { database } = registry;
  const row = await findDocuments(database, name);
  const put = async (full: Uint8Array, short: Uint8Array, tag: string): Promise<void> => {
    // Bodies are known by their tags, so no other package may have these.
    const values = [full, `"${tag}1-${name}"`, short, `"${tag}2-${name}"`, name];
    await database.write((sql) =>
      sql.run(
        'UPDATE documents SET full_bytes = ?, full_tag = ?, short_bytes = ?, short_tag = ? WHERE package = ?',
        values,
      ),
    );
  };
  const spoil = (bytes: Uint8Array): Buffer =>
    Buffer.from(
      Buffer.from(bytes)
        .toString()
        .replaceAll(/"sig":"M[^"]{20}/g, (sig) => sig.replace(/.{3}$/, 'AAA')),
    );
  await put(spoil(row.full_bytes), spoil(row.short_bytes), 't');
  return () => put(row.full_bytes, row.short_bytes, 'r');
}

async function findDocuments(
  sql: Sql,
  name: string,
): Promise<{ full_bytes: Uint8Array; short_bytes: Uint8Array }> {
  const row = await sql.get<{ full_bytes: Uint8Array; short_bytes: Uint8Array }>(
    'SELECT * FROM documents WHERE package = ?',
    [name],
  );
  assert.ok(row);
  return row;
}

/** Opens a registry for the tests of a suite, and takes its clients away afterwards. */
export function clientSuite(): ClientSuite {
  let registry: TestRegistry;
  let issuer: IdentityIssuer;
  let admin: string;
  const clients: NpmClient[] = [];

  before(async () => {
    issuer = await startIdentityIssuer();
    registry = await openTestRegistry({ identityIssuers: { github: issuer.address } });
    admin = await registry.account('root', { role: 'admin' });
  });
  after(async () => {
    await registry.close();
    issuer.close();
    for (const client of clients) client.remove();
  });

  return {
    get registry() {
      return registry;
    },
    get issuer() {
      return issuer;
    },
    async setUp(name, account = name, token?: string) {
      const own = account === null ? token : await registry.account(account);
      const client = createNpmClient(name, registry.url, own);
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
