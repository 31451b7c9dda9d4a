import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { kernelVersion } from '@agent-factory/kernel';
import { httpTransport, httpTransportWith, install, readInstalled } from '@agent-factory/plugin-install';
import { createAuthorKey, handOver } from '@agent-factory/plugin-package';
import { totpAt } from '../src/trust/totp.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

const hour = 3_600_000;

/** The installer and the registry, together. */
describe('a host', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
  });
  after(() => registry.close());

  const newHost = (): string => mkdtempSync(join(registry.folder, 'host-'));
  /** Installs or upgrades; gives the version that is installed then. */
  async function take(dataDir: string, name: string, change: object = {}): Promise<string | undefined> {
    const { plugins } = readInstalled(dataDir);
    await install({
      dataDir,
      mode: Object.keys(plugins).length > 0 ? 'upgrade' : 'add',
      specs: [name],
      registry: registry.url,
      transport: httpTransport,
      beside: [],
      providers: {},
      kernelVersion,
      cooldownMs: 0,
      consent: async () => ({}),
      check: async () => {},
      ...change,
    });
    return Object.values(readInstalled(dataDir).plugins)[0]?.version;
  }
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const announce = async (name: string, body: object): Promise<Answer> => {
    registry.pass(60_000); // each code is good once
    return registry.ask('POST', `/-/af/v1/plugins/${encodeURIComponent(name)}/author-key`, {
      token: ann,
      body,
      headers: { 'npm-otp': totpAt(secret, registry.registry.settings.now()) },
    });
  };
  const factor = (totp: string | null): Promise<number> =>
    registry.registry.database.write((sql) =>
      sql.run(`UPDATE accounts SET totp = ? WHERE name = 'ann'`, [totp]),
    );

  it('takes a key that an owner announced, three days later and not before', async () => {
    const name = '@ann/announced';
    const [old, next, other] = [createAuthorKey(), createAuthorKey(), createAuthorKey()];
    await registry.publish(ann, await makePlugin({ name, key: old }));
    const [host, late] = [newHost(), newHost()];
    for (const each of [host, late]) assert.equal(await take(each, name), '1.0.0');
    const began = Date.now();
    await factor(secret);
    for (const { keyId } of [next, other]) assert.equal((await announce(name, { keyId })).status, 201);
    await factor(null);
    assert.equal((await announce(name, { keyId: other.keyId, withdraw: true })).status, 201);
    assert.equal((await announce(name, { keyId: other.keyId, withdraw: true })).status, 404);
    registry.pass(73 * hour);
    const withdrawn = await registry.publish(ann, await makePlugin({ name, version: '1.1.0', key: other }));
    assert.equal(withdrawn.json.code, 'AF_SIGNATURE_KEY_CHANGED');
    const published = await registry.publish(ann, await makePlugin({ name, version: '1.1.0', key: next }));
    assert.equal(published.status, 201, published.text);

    const refused = { code: 'AF_SIGNATURE_KEY_CHANGED' };
    await assert.rejects(take(host, name, { now: () => began + 71 * hour }), refused);
    assert.equal(await take(host, name, { now: () => began + 73 * hour }), '1.1.0');
    // What it signs next needs no announcement; who comes only then still learns of it.
    await registry.publish(ann, await makePlugin({ name, version: '1.2.0', key: next }));
    assert.equal(await take(late, name, { now: () => began + 80 * hour }), '1.2.0');
    const kinds = (await registry.ask('GET', '/-/af/v1/changes')).json.changes.map(
      ({ kind }: { kind: string }) => kind,
    );
    assert.ok(kinds.includes('key.announced') && kinds.includes('key.withdrawn'));
  });

  it('counts the days of an announced key as they were when it was announced', async () => {
    const name = '@ann/early';
    const [old, next] = [createAuthorKey(), createAuthorKey()];
    await registry.publish(ann, await makePlugin({ name, key: old }));
    const host = newHost();
    assert.equal(await take(host, name), '1.0.0');
    const { settings } = registry.registry;
    const began = settings.now().getTime();
    await factor(secret);
    assert.equal((await announce(name, { keyId: next.keyId })).status, 201);
    await factor(null);
    registry.pass(73 * hour);
    const hours = settings.keyChangeHours;
    Object.assign(settings, { keyChangeHours: 1000 });
    const published = await registry.publish(ann, await makePlugin({ name, version: '1.1.0', key: next }));
    Object.assign(settings, { keyChangeHours: hours });
    assert.equal(published.status, 201, published.text);
    const refused = { code: 'AF_SIGNATURE_KEY_CHANGED' };
    await assert.rejects(take(host, name, { now: () => began + 71 * hour }), refused);
    assert.equal(await take(host, name, { now: () => began + 73 * hour }), '1.1.0');
  });

  it('takes no key that was withdrawn after it had signed', async () => {
    const name = '@ann/stolen';
    const [old, stolen, last] = [createAuthorKey(), createAuthorKey(), createAuthorKey()];
    await registry.publish(ann, await makePlugin({ name, key: old }));
    const host = newHost();
    assert.equal(await take(host, name), '1.0.0');
    await factor(secret);
    assert.equal((await announce(name, { keyId: stolen.keyId })).status, 201);
    await factor(null);
    registry.pass(73 * hour);
    await registry.publish(ann, await makePlugin({ name, version: '1.1.0', key: stolen }));
    const withdraw = (): Promise<Answer> => announce(name, { keyId: stolen.keyId, withdraw: true });
    const early = await withdraw();
    assert.deepEqual([early.status, early.json.code], [400, 'AF_REGISTRY_REQUEST']);
    assert.match(early.json.reason, /it signs now/);
    await factor(secret);
    assert.equal((await announce(name, { keyId: last.keyId })).status, 201);
    await factor(null);
    registry.pass(73 * hour);
    const published = await registry.publish(ann, await makePlugin({ name, version: '1.2.0', key: last }));
    assert.equal(published.status, 201, published.text);
    assert.equal((await withdraw()).status, 201);
    assert.equal((await withdraw()).status, 404);
    const back = await registry.publish(ann, await makePlugin({ name, version: '1.3.0', key: stolen }));
    assert.equal(back.json.code, 'AF_SIGNATURE_KEY_CHANGED');
    const now = (): number => registry.registry.settings.now().getTime();
    // What the thief signed is still there, for whoever asks for it; hosts do not take it.
    const target = { specs: [`${name}@1.1.0`], now };
    await assert.rejects(take(host, name, target), { code: 'AF_SIGNATURE_KEY_CHANGED' });
    assert.equal(await take(host, name, { now }), '1.2.0');
  });

  it('takes a key that an announced one handed over to, though that never signed', async () => {
    const name = '@ann/handed';
    const [old, next, last] = [createAuthorKey(), createAuthorKey(), createAuthorKey()];
    await registry.publish(ann, await makePlugin({ name, key: old }));
    const host = newHost();
    assert.equal(await take(host, name), '1.0.0');
    await factor(secret);
    assert.equal((await announce(name, { keyId: next.keyId })).status, 201);
    await factor(null);
    registry.pass(73 * hour);
    const handovers = [handOver(next, last.keyId)];
    const plugin = await makePlugin({ name, version: '1.1.0', key: last, handovers });
    const published = await registry.publish(ann, plugin);
    assert.equal(published.status, 201, published.text);
    const now = (): number => registry.registry.settings.now().getTime();
    assert.equal(await take(host, name, { now }), '1.1.0');
  });

  it('installs a restricted plugin with a token of who may read it, and nobody else learns its name', async () => {
    const name = '@ann/kept-quiet';
    await registry.publish(ann, await makePlugin({ name }), { access: 'restricted' });
    await assert.rejects(take(newHost(), name), { code: 'AF_INSTALL_NOT_FOUND' });
    const bob = await registry.account('bob');
    const withToken = (token: string): object => ({ transport: httpTransportWith(() => token) });
    await assert.rejects(take(newHost(), name, withToken(bob)), { code: 'AF_INSTALL_NOT_FOUND' });
    await assert.rejects(take(newHost(), name, withToken('af_gone')), {
      code: 'AF_INSTALL_REGISTRY_ANSWER',
      message: /it refuses: /,
    });
    assert.equal(await take(newHost(), name, withToken(ann)), '1.0.0');
    // An old token is no reason to refuse what is for everybody.
    await registry.publish(ann, await makePlugin({ name: '@ann/open' }));
    assert.equal(await take(newHost(), '@ann/open', withToken('af_gone')), '1.0.0');

    const said = async (): Promise<string> => {
      const bins = Array.from({ length: 64 }, (_, bin) => `bin-${bin.toString(16).padStart(2, '0')}`);
      const files = await registry.registry.tuf.chain(bins);
      const { text } = await registry.ask('GET', '/-/af/v1/changes');
      return [...files.values()].map((bytes) => Buffer.from(bytes).toString()).join() + text;
    };
    assert.match(await said(), /@ann\/open/);
    assert.doesNotMatch(await said(), /kept-quiet/);
    await registry.ask('DELETE', `/${encodeURIComponent(name)}/-rev/undefined`, { token: ann });
    assert.equal((await registry.ask('GET', `/${name}`, { token: ann })).status, 404);
    assert.doesNotMatch(await said(), /kept-quiet/);
  });

  it('follows a plugin that is restricted, or opened, afterwards', async () => {
    const name = '@ann/turned';
    await registry.publish(ann, await makePlugin({ name }));
    const mine = { transport: httpTransportWith(() => ann) };
    for (const [version, access] of [
      ['1.1.0', 'restricted'],
      ['1.2.0', 'public'],
    ] as const) {
      await registry.ask('POST', `/-/package/@ann%2fturned/access`, { token: ann, body: { access } });
      await registry.publish(ann, await makePlugin({ name, version }));
      assert.equal(await take(newHost(), name, mine), version);
    }
    assert.equal(await take(newHost(), name), '1.2.0');
  });
});
