import assert from 'node:assert/strict';
import { secretFor, type SecretStore } from '../contracts/secret-store.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** A secret that the store under test is given. */
export interface GivenSecret {
  /** Whose it is: a place in the fixture's tenants. */
  readonly of: 0 | 1;
  readonly name: string;
  readonly value: string;
  readonly hosts: readonly string[];
}

/** A store with secrets of two tenants. */
export interface SecretStoreFixture {
  readonly store: SecretStore;
  readonly tenants: readonly [string, string];
  close?(): Promise<void>;
}

const given: readonly GivenSecret[] = [
  {
    of: 0,
    name: 'shop_token',
    value: 's3cret of the shop',
    hosts: ['api.example.org', 'wiki.internal:8443'],
  },
  { of: 0, name: 'Zed.1', value: 'never sent', hosts: [] },
  { of: 0, name: 'long', value: `${'x'.repeat(3000)} ä 😀\n"'\\`, hosts: ['API.Example.org'] },
  { of: 1, name: 'theirs', value: 's3cret of another', hosts: ['api.example.org'] },
];

/** What every `SecretStore` must do. `open` gives one that holds these secrets. */
export function secretStoreSuite(
  open: (secrets: readonly GivenSecret[]) => Promise<SecretStoreFixture>,
): ConformanceSuite {
  const on = onFixture(() => open(given));
  const sent = ({ store }: SecretStoreFixture, tenant: string, name: string, url: string): Promise<string> =>
    secretFor(store, { tenant, name, url: new URL(url) });

  return [
    on('names what each tenant may use, in order', async ({ store, tenants }) => {
      assert.deepEqual(await store.names(tenants[0]), ['Zed.1', 'long', 'shop_token']);
      assert.deepEqual(await store.names(tenants[1]), ['theirs']);
    }),
    on('gives values as they were given, and prints none', async ({ store, tenants }) => {
      for (const { of, name, value } of given) {
        const found = await store.find(tenants[of], name);
        assert.equal(found?.value.reveal(), value);
        assert.ok(!JSON.stringify(found).includes('s3cret') && !String(found?.value).includes('s3cret'));
      }
    }),
    on('sends a secret to the hosts it is meant for, and nowhere else', async (fixture) => {
      const [tenant] = fixture.tenants;
      for (const url of ['https://api.example.org/x', 'https://wiki.internal:8443/'])
        assert.equal(await sent(fixture, tenant, 'shop_token', url), given[0]?.value);
      assert.equal(await sent(fixture, tenant, 'long', 'https://api.example.org'), given[2]?.value);
      for (const url of ['https://wiki.internal/', 'https://api.example.org.evil.example/'])
        await rejectsWith(sent(fixture, tenant, 'shop_token', url), 'AF_SECRET_HOST');
      await rejectsWith(sent(fixture, tenant, 'Zed.1', 'https://api.example.org/'), 'AF_SECRET_HOST');
    }),
    on('gives nobody what is not theirs, or not there', async (fixture) => {
      const { store, tenants } = fixture;
      for (const [tenant, name] of [
        [tenants[1], 'shop_token'],
        [tenants[0], 'theirs'],
        [tenants[0], 'none'],
        [tenants[0], 'SHOP_TOKEN'],
        [tenants[0], '__proto__'],
        [tenants[0], 'toString'],
        [tenants[0], ''],
        [tenants[0], "' OR 1=1 --"],
        ['nobody-made-it', 'shop_token'],
        ['../x', 'shop_token'],
      ] as const) {
        assert.equal(await store.find(tenant, name), undefined);
        await rejectsWith(sent(fixture, tenant, name, 'https://api.example.org/'), 'AF_SECRET_UNKNOWN');
      }
      assert.deepEqual(await store.names('nobody-made-it'), []);
    }),
  ];
}
