import assert from 'node:assert/strict';
import { clientSuite, key, tamperWith } from './support/client-suite.ts';
import { installedVersion, isEverything, type NpmClient } from './support/npm-clients.ts';

const pnpms = isEverything ? (['pnpm-12', 'pnpm-11', 'pnpm-10'] as const) : (['pnpm-11'] as const);

describe('pnpm and yarn', function () {
  this.timeout(180_000);
  const suite = clientSuite();
  const { advise, setUp, tagsOf } = suite;

  for (const name of pnpms)
    describe(name, () => {
      let pnpm: NpmClient;
      const one = `@${name}/one`;
      before(async () => (pnpm = await setUp(name)));

      it('publishes, tags, installs, deprecates and finds', async () => {
        await pnpm.plugin('p', one, '1.0.0', key);
        await pnpm.good(['publish', '--no-git-checks'], { folder: 'p' });
        await pnpm.plugin('p', one, '1.1.0', key);
        await pnpm.good(['publish', '--no-git-checks', '--tag=next'], { folder: 'p' });
        pnpm.project('q');
        await pnpm.good(['add', one], { folder: 'q' });
        assert.equal(installedVersion(pnpm.home, 'q', one), '1.0.0');
        await pnpm.good(['dist-tag', 'add', `${one}@1.1.0`, 'stable']);
        assert.deepEqual(await tagsOf(one), { latest: '1.0.0', next: '1.1.0', stable: '1.1.0' });
        await pnpm.good(['deprecate', `${one}@1.0.0`, 'use 1.1']);
        assert.equal(
          (await suite.registry.ask('GET', `/${one}`)).json.versions['1.0.0'].deprecated,
          'use 1.1',
        );
        assert.match(await pnpm.good(['search', 'published']), new RegExp(one));
      });

      it('audits', async () => {
        await advise(one);
        const { code, output } = await pnpm.run(['audit'], { folder: 'q' });
        assert.match(output, /It leaks/);
        assert.equal(code, 1);
      });

      /** The command came with version 11. */
      const newer = name === 'pnpm-10' ? it.skip : it;
      newer('tells a good signature from one that was tampered with', async () => {
        assert.match((await pnpm.run(['audit', 'signatures'], { folder: 'q' })).output, /verified/);
        await tamperWith(suite.registry, one);
        const tampered = await pnpm.run(['audit', 'signatures'], {
          folder: 'q',
          env: { XDG_CACHE_HOME: `${pnpm.home}/other` },
        });
        assert.equal(tampered.code, 1, tampered.output);
        assert.match(tampered.output, /invalid|tampered/i);
      });
    });

  describe('yarn-1', () => {
    it('publishes, installs, tags, and shows owners', async () => {
      const yarn = await setUp('yarn-1');
      const one = '@yarn-1/one';
      const publish = async (version: string, tag: string): Promise<void> => {
        await yarn.plugin('p', one, version, key);
        await yarn.good(['publish', '--new-version', version, '--non-interactive', '--tag', tag], {
          folder: 'p',
        });
      };
      await publish('1.0.0', 'latest');
      await publish('1.1.0', 'next');
      yarn.project('q');
      await yarn.good(['add', one], { folder: 'q' });
      assert.equal(installedVersion(yarn.home, 'q', one), '1.0.0');
      await yarn.good(['tag', 'add', `${one}@1.1.0`, 'stable']);
      await yarn.good(['tag', 'remove', one, 'next']);
      assert.deepEqual(await tagsOf(one), { latest: '1.0.0', stable: '1.1.0' });
      assert.match(await yarn.good(['owner', 'list', one]), /yarn-1/);
      assert.match(await yarn.good(['info', one, 'versions']), /1\.1\.0/);
    });
  });

  describe('yarn-4', () => {
    it('publishes, installs, tags, shows and audits', async () => {
      const yarn = await setUp('yarn-4');
      const one = '@yarn-4/one';
      const publish = async (version: string, tag: string): Promise<void> => {
        await yarn.plugin('p', one, version, key);
        await yarn.good(['install'], { folder: 'p' });
        await yarn.good(['npm', 'publish', '--tag', tag], { folder: 'p' });
      };
      assert.match(await yarn.good(['npm', 'whoami']), /yarn-4/);
      await publish('1.0.0', 'latest');
      await publish('1.1.0', 'next');
      yarn.project('q');
      await yarn.good(['add', one], { folder: 'q' });
      assert.equal(installedVersion(yarn.home, 'q', one), '1.0.0');
      await yarn.good(['npm', 'tag', 'add', `${one}@1.1.0`, 'stable'], { folder: 'q' });
      await yarn.good(['npm', 'tag', 'remove', one, 'next'], { folder: 'q' });
      assert.deepEqual(await tagsOf(one), { latest: '1.0.0', stable: '1.1.0' });
      assert.match(await yarn.good(['npm', 'info', one, '--json'], { folder: 'q' }), /1\.1\.0/);
      await advise(one);
      assert.match((await yarn.run(['npm', 'audit', '--all'], { folder: 'q' })).output, /It leaks/);
    });
  });
});
