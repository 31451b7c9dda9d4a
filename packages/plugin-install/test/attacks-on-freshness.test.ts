import assert from 'node:assert/strict';
import { makePlugin } from './support/make-plugin.ts';
import { SmallRegistry } from './support/small-registry.ts';
import { inDays } from './support/tuf-keys.ts';
import { installSuite, weather } from './support/install-suite.ts';

const tarball = (version: string): string => `${weather}/-/plugin-weather-${version}.tgz`;

for (const together of [false, true])
  describe(`an attack on what a registry says ${together ? 'in one answer' : 'piece by piece'}`, () => {
    const suite = installSuite(together);

    it('by a document the metadata does not name is seen', async () => {
      const old = suite.registry.document(weather);
      suite.registry.publish(await makePlugin({ version: '1.1.0' }));
      suite.registry.sabotage.set(weather, (response) => response.end(old));
      await suite.refused(
        suite.home.add([weather]),
        'AF_INSTALL_UNTRUSTED',
        /not the one its signed metadata names/,
      );
    });

    it('by metadata that has run out (a freeze) is seen', async () => {
      suite.registry.sign(inDays(-1));
      await suite.refused(suite.home.add([weather]), 'AF_INSTALL_STALE');
    });

    it('by metadata older than what was seen (a rollback) is seen', async () => {
      const old = new Map(suite.registry.metadata);
      suite.registry.publish(await makePlugin({ version: '1.1.0' }));
      await suite.home.add([weather]);
      for (const [name, bytes] of old) suite.registry.metadata.set(name, bytes);
      await suite.refused(
        suite.home.upgrade(['weather@*']),
        'AF_INSTALL_UNTRUSTED',
        /less than current version/,
      );
    });

    it('by metadata mixed from different times is seen', async () => {
      const old = suite.registry.metadata.get(`${suite.registry.version}.targets.json`);
      suite.registry.publish(await makePlugin({ version: '1.1.0' }));
      assert.ok(old);
      suite.registry.metadata.set(`${suite.registry.version}.targets.json`, old);
      await suite.refused(
        suite.home.add([weather]),
        'AF_INSTALL_UNTRUSTED',
        /does not match snapshot version/,
      );
    });

    it('by metadata somebody else signed is seen', async () => {
      const evil = await new SmallRegistry().open();
      await suite.home.add([weather]);
      evil.version = suite.registry.version + 5;
      evil.publish(await makePlugin({ version: '2.0.0' }));
      for (const [name, bytes] of evil.metadata)
        if (!name.endsWith('root.json')) suite.registry.metadata.set(name, bytes);
      await suite.refused(suite.home.upgrade(['weather@*']), 'AF_INSTALL_UNTRUSTED', /sign/);
      suite.registry.metadata.set('2.root.json', evil.tuf.rootFile(2));
      await suite.refused(suite.home.upgrade(['weather@*']), 'AF_INSTALL_UNTRUSTED', /root|sign/);
      await evil.close();
    });

    it('by another first root is seen where the root was named', async () => {
      await suite.refused(
        suite.home.add([weather], { rootHash: '0'.repeat(64) }),
        'AF_INSTALL_UNTRUSTED',
        /first root/,
      );
    });

    it('by a list of blocks that was held back or changed is seen', async () => {
      suite.registry.blocked = [{ name: weather, versions: '*', reason: 'a hole.' }];
      suite.registry.sign();
      suite.registry.sabotage.set('-/af/v1/blocklist', (response) => response.end('{"blocked":[]}'));
      await suite.refused(suite.home.add([weather]), 'AF_INSTALL_UNTRUSTED', /blocked versions/);
      suite.registry.sabotage.set('-/af/v1/blocklist', (response) => response.writeHead(404).end());
      await suite.refused(suite.home.add([weather]), 'AF_INSTALL_UNTRUSTED', /is missing/);
    });

    it('by a wrong answer in the place of any right one changes nothing', async () => {
      const answers: readonly (readonly [
        path: string,
        code: RegExp,
        sabotage: Parameters<SmallRegistry['sabotage']['set']>[1],
      ])[] = [
        ['-/af/v1/tuf/1.root.json', /UNTRUSTED/, (response) => response.writeHead(404).end()],
        [
          weather,
          /REGISTRY_ANSWER/,
          (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
        ],
        [weather, /REGISTRY_ANSWER/, (response) => response.end('{')],
        [weather, /REGISTRY_ANSWER/, (response) => response.end('{"name":"@acme/other","versions":{}}')],
        [
          weather,
          /REGISTRY_ANSWER/,
          (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
        ],
        [weather, /REGISTRY_UNREACHABLE/, (response) => response.writeHead(503).end()],
        [weather, /REGISTRY_UNREACHABLE/, (response) => response.destroy()],
        [weather, /INSTALL_NOT_FOUND/, (response) => response.writeHead(404).end()],
        ['-/npm/v1/keys', /REGISTRY_ANSWER/, (response) => response.end('[]')],
        ['-/npm/v1/keys', /REGISTRY_ANSWER/, (response) => response.writeHead(404).end()],
        ['-/af/v1/tuf/timestamp.json', /UNTRUSTED/, (response) => response.end('<html>')],
        ['-/af/v1/tuf/timestamp.json', /UNTRUSTED|REGISTRY/, (response) => response.end('x'.repeat(100_000))],
        [
          tarball('1.0.0'),
          /REGISTRY_ANSWER/,
          (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
        ],
        [
          tarball('1.0.0'),
          /REGISTRY_UNREACHABLE/,
          (response) =>
            response.writeHead(200, { 'content-length': '999' }).end('x', () => response.destroy()),
        ],
      ];
      for (const [path, code, sabotage] of answers) {
        suite.registry.sabotage.clear();
        suite.registry.sabotage.set(path, sabotage);
        const before = suite.home.state();
        await assert.rejects(suite.home.add([weather]), (error: Error & { code?: string }) => {
          assert.match(error.code ?? '', code, `${path}: ${error.stack}`);
          return true;
        });
        assert.equal(suite.home.state(), before, path);
      }
      suite.registry.sabotage.clear();
      await suite.home.add([weather]);
    });

    it('by a registry that is down leaves everything, and says so', async () => {
      await suite.registry.close();
      await suite.refused(suite.home.add([weather]), 'AF_INSTALL_REGISTRY_UNREACHABLE', /ECONNREFUSED/);
    });
  });
