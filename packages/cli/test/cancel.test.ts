import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readInstalled, verifyInstalled } from '@agent-factory/plugin-install';
import { af, cleanUp, launch, tempFolder } from './support/agent-factory.ts';
import { openMarket } from './support/market.ts';

describe('an install that is cancelled', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  it('changes nothing, whatever it waited for, and the next one goes through', async () => {
    const folder = tempFolder();
    const market = await openMarket(folder);
    // In front of the registry: it keeps what is asked for by this waiting for ever.
    let holds = /^$/;
    let isNew = true; // knows the one question for all that comes before the package files
    let seen = (): void => {};
    const front = createServer((request, response) => {
      if (holds.test(request.url ?? '')) return seen();
      const isAll = request.url?.startsWith('/-/af/v1/documents?');
      if (isAll && !isNew) return response.writeHead(404).end();
      get(
        `http://127.0.0.1:${market.registry.port}${request.url}`,
        { headers: request.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
    });
    await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
    const { port } = front.address() as AddressInfo; // it listens on a port
    try {
      writeFileSync(join(folder, 'agent-factory.config.json'), '{"plugins":[]}');
      await market.publish('dice', {});
      const args = ['plugin', 'add', '@you/dice', '--registry', `http://127.0.0.1:${port}`];
      const options = ['--cooldown', '0', '--yes', '--isolation', 'trusted'];
      const dataDir = join(folder, '.agent-factory');
      const together = [/^\/-\/af\/v1\/documents\?/, /\.tgz$/];
      for (const what of [...together, /timestamp\.json$/, /^\/@you%2fdice$/]) {
        isNew = together.includes(what);
        const waiting = Promise.withResolvers<void>();
        [holds, seen] = [what, waiting.resolve];
        const command = launch(folder, [...args, ...options]);
        await waiting.promise;
        command.child.kill('SIGINT');
        const { code, stdout } = await command.ended;
        assert.equal(code, 130, String(what));
        assert.match(stdout, /Cancelled; nothing was changed\./);
        assert.deepEqual(readInstalled(dataDir).plugins, {});
      }
      holds = /^$/;
      const added = await af(folder, [...args, ...options]);
      assert.equal(added.code, 0, added.stderr);
      assert.deepEqual(
        verifyInstalled(dataDir).map(({ id, problem }) => [id, problem]),
        [['dice', undefined]],
      );
    } finally {
      front.closeAllConnections();
      front.close();
      await market.registry.close();
    }
  });
});
