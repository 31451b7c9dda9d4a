import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { kernelVersion } from '@agent-factory/kernel';
import { httpTransport, install, readInstalled } from '@agent-factory/plugin-install';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

describe('what an install begins with, in one answer', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    for (const name of ['@ann/one', '@ann/two']) await registry.publish(ann, await makePlugin({ name }));
  });
  after(() => registry.close());

  /** Installs; gives what is installed then, and what was asked for. */
  async function installed(...specs: string[]): Promise<{ versions: string[]; paths: string[] }> {
    const dataDir = mkdtempSync(join(registry.folder, 'platform-'));
    const paths: string[] = [];
    await install({
      dataDir,
      mode: 'add',
      specs,
      registry: registry.url,
      transport: {
        get: (from, path, limit) => {
          paths.push(path.replace(/\?.*/, ''));
          return httpTransport.get(from, path, limit);
        },
      },
      beside: [],
      providers: {},
      kernelVersion,
      cooldownMs: 0,
      consent: async () => ({}),
      check: async () => {},
    });
    const { plugins } = readInstalled(dataDir);
    return { versions: Object.values(plugins).map(({ name, version }) => `${name} ${version}`), paths };
  }

  it('is all that is asked for but the package files', async () => {
    const { versions, paths } = await installed('@ann/one', '@ann/two');
    assert.deepEqual(versions, ['@ann/one 1.0.0', '@ann/two 1.0.0']);
    assert.deepEqual(
      paths.toSorted(),
      ['-/af/v1/documents', '@ann/one/-/one-1.0.0.tgz', '@ann/two/-/two-1.0.0.tgz'].toSorted(),
    );
  });

  it('is asked for again in pieces when something was published while it was put together', async () => {
    const { tuf } = registry.registry;
    const { chain } = tuf;
    tuf.chain = async (bins) => {
      tuf.chain = chain;
      const next = await makePlugin({ name: '@ann/two', version: '1.1.0' });
      assert.equal((await registry.publish(ann, next)).status, 201);
      return chain(bins);
    };
    const { versions, paths } = await installed('@ann/two');
    assert.equal(tuf.chain, chain);
    assert.deepEqual(versions, ['@ann/two 1.1.0']);
    assert.ok(paths.includes('@ann%2ftwo'));
  });

  it('says as much of a restricted plugin as of none, whoever asks', async () => {
    await registry.publish(ann, await makePlugin({ name: '@ann/own' }), { access: 'restricted' });
    const pathsOf = async (name: string): Promise<readonly string[]> => {
      const { json } = await registry.ask('GET', `/-/af/v1/documents?plugin=${name}`, { token: ann });
      return Object.keys(json.answers).filter((path) => !/bin-/.test(path));
    };
    assert.deepEqual(await pathsOf('@ann/own'), await pathsOf('@ann/none'));
    assert.ok((await pathsOf('@ann/one')).includes('@ann%2fone'));
  });

  it('is of 1 to 50 plugins', async () => {
    const many = Array.from({ length: 51 }, (_, index) => `plugin=@ann/p${index}`).join('&');
    for (const query of ['', `?${many}`]) {
      const { status, json } = await registry.ask('GET', `/-/af/v1/documents${query}`);
      assert.deepEqual([status, json.code], [400, 'AF_REGISTRY_REQUEST']);
    }
  });
});
