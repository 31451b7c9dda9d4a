import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { documentForm, documentsOf, tagOf } from '../src/protocol/packument.ts';
import { readSetting, writeSetting } from '../src/store/settings.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';
import { tufClient } from './support/tuf-client.ts';

describe('documents that were made before', () => {
  const distOf = async (registry: TestRegistry, name: string): Promise<Record<string, unknown>> =>
    (await registry.ask('GET', `/${name}`)).json.versions['1.0.0'].dist;

  it('are made anew when the address changes', async () => {
    const own = await openTestRegistry({ url: 'http://one.test' });
    const token = await own.account('ann');
    await own.publish(token, await makePlugin({ name: '@ann/moved' }));
    const first = await distOf(own, '@ann/moved');
    await own.close();
    const again = await own.reopen({ url: 'https://two.test/' });
    const second = await distOf(again, '@ann/moved');
    const [found] = (await again.ask('GET', '/-/v1/search?text=moved')).json.objects;
    await again.close();
    assert.equal(found.package.links.npm, 'https://two.test/plugins/@ann/moved');
    assert.deepEqual(
      [first['tarball'], second['tarball']],
      ['http://one.test/@ann/moved/-/moved-1.0.0.tgz', 'https://two.test/@ann/moved/-/moved-1.0.0.tgz'],
    );
  });

  describe('at the same address', () => {
    let registry: TestRegistry;
    before(async () => {
      registry = await openTestRegistry({ url: 'http://one.test' });
      const plugin = await makePlugin({ name: '@ann/old' });
      const digest = { sha512: createHash('sha512').update(plugin.bytes).digest('hex') };
      const statement = JSON.stringify({ subject: [{ name: 'pkg:npm/%40ann/old', digest }] });
      const dsseEnvelope = { payload: Buffer.from(statement).toString('base64') };
      const bundle = JSON.stringify({ dsseEnvelope });
      const { status, text } = await registry.publish(await registry.account('ann'), plugin, { bundle });
      assert.equal(status, 201, text);
    });
    after(() => registry.close());

    /** Puts a document of the form 1 in place, which called every bundle a provenance; opens the registry again. */
    async function reopenWithOld(setting: string): Promise<void> {
      const { text, json } = await registry.ask('GET', '/@ann/old');
      const { dist } = json.versions['1.0.0'];
      const attestations = { ...dist.attestations, provenance: { predicateType: 'of form 1' } };
      const old = Buffer.from(text.replace(JSON.stringify(dist.attestations), JSON.stringify(attestations)));
      await registry.registry.database.write(async (sql) => {
        await sql.run('UPDATE documents SET full_bytes = ?, full_tag = ?', [old, tagOf(old)]);
        await writeSetting(sql, 'url', setting);
      });
      await registry.close();
      registry = await registry.reopen();
    }

    const isOld = async (): Promise<boolean> =>
      'provenance' in ((await distOf(registry, '@ann/old'))['attestations'] as object);

    it('are made anew when they are of an old form, and vouched for', async () => {
      for (const setting of ['http://one.test', `${documentForm - 1} http://one.test`]) {
        await reopenWithOld(setting);
        assert.equal(await isOld(), false, setting);
        const served = (await registry.ask('GET', '/@ann/old')).text;
        const root = (await registry.ask('GET', '/-/af/v1/tuf/1.root.json')).text;
        const info = await tufClient(registry, root).getTargetInfo('packuments/@ann/old.json');
        assert.equal(info?.hashes['sha512'], createHash('sha512').update(served).digest('hex'));
      }
    });

    it('are left as they are when they are of this form', async () => {
      const setting = await readSetting(registry.registry.database, 'url');
      await reopenWithOld(setting ?? '');
      assert.equal(await isOld(), true);
    });
  });

  it('have a form whose number goes up when they change', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const version = {
      package: '@ann/one',
      version: '1.0.0',
      state: 'live',
      manifest: '{"name":"@ann/one","version":"1.0.0"}',
      published: at,
      signature: '{}',
      provenance: '{}',
      trusted_publisher: null,
      deprecated: null,
    };
    const next = {
      ...version,
      version: '1.1.0',
      state: 'yanked',
      trusted_publisher: 'github',
      deprecated: 'no',
    };
    const owners = [{ account: 'ann', email: 'ann@example.com' }];
    const row = { name: '@ann/one', created: at, modified: at, tags: '{"latest":"1.0.0"}', revision: 1 };
    // What it is made of, without the columns that stand for nothing in it.
    const parts = { row, versions: [version, next], owners, readme: '#', url: 'http://one.test' } as never;
    const documents = documentsOf(parts);
    // Where these differ: raise `documentForm`, and write here what the next form gives.
    assert.deepEqual(
      [documentForm, documents?.full_tag, documents?.short_tag],
      [2, '"BnD_uimwwYVWaP7wa6J7WQ3IDyK"', '"JzDJGV96zivwq2qmSnI4Ww_Zob3"'],
    );
  });
});
