import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { clientCommand, isEverything, writeCommand, type ClientName } from './support/npm-clients.ts';
import { openTestRegistry } from './support/open-test-registry.ts';

const suite = join(
  dirname(createRequire(import.meta.url).resolve('@verdaccio/e2e-cli')),
  '../../bin/e2e-cli.js',
);

/** How many of its tests each passes, in full: as many as against Verdaccio 6.10.4. */
const inFull: Partial<Record<ClientName, number>> = {
  'npm-12': 17,
  'npm-11': 17,
  'npm-10': 17,
  'pnpm-11': 10,
};
/** What every run of the tests has time for. */
const inShort = ['ping', 'info', 'scenario:reserved-names'];

/** A port that the suite may listen on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}

/** The suite that Verdaccio is tested with, by people who know nothing of us. */
describe('the end-to-end suite of Verdaccio', function () {
  this.timeout(1_800_000); // most of which a busy machine may need
  let home: string;
  before(() => void (home = mkdtempSync(join(tmpdir(), 'af-e2e-'))));
  after(() => rmSync(home, { recursive: true, force: true }));

  /** What it counts in the end. */
  async function run(name: ClientName, args: readonly string[]): Promise<string> {
    const command = join(home, name, 'bin/client');
    writeCommand(command, clientCommand(name));
    const uplinkPort = await freePort();
    // The patterns of the configuration that the suite asks for.
    const uplinks = ['e2e-uplink-*', 'nul.*', '@e2e-uplink/*'].map((pattern) => ({
      pattern,
      url: `http://localhost:${uplinkPort}`,
    }));
    const registry = await openTestRegistry({ policy: 'any', uplinks, now: () => new Date() });
    try {
      const output = await new Promise<string>((done) =>
        execFile(
          process.execPath,
          [
            suite,
            '--timeout',
            '600000',
            '--uplink-port',
            String(uplinkPort),
            '--registry',
            registry.url,
            '--pm',
            `${name.replace(/-.*/, '')}=${command}`,
            ...args,
          ],
          {
            maxBuffer: 2 ** 26,
            env: {
              PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
              HOME: join(home, name),
              TMPDIR: home,
              NO_COLOR: '1',
            },
          },
          (_error, stdout, stderr) => done(stripVTControlCharacters(`${stdout}${stderr}`)),
        ),
      );
      const failed = output.match(/^ *FAIL [^]*?(?=^ *(?:running|SKIP|PASS|=))/gm) ?? [];
      return [/Total: (.*) \(/.exec(output)?.[1] ?? output, ...failed].join('\n');
    } finally {
      await registry.close();
    }
  }

  if (!isEverything)
    it('passes in short with npm 11', async () => {
      const args = inShort.flatMap((test) => ['--test', test]);
      assert.match(await run('npm-11', args), new RegExp(`^${inShort.length} passed, 0 failed`));
    });
  else
    for (const [name, passed] of Object.entries(inFull) as [ClientName, number][])
      it(`passes in full with ${name}`, async () => {
        assert.match(await run(name, []), new RegExp(`^${passed} passed, 0 failed`));
      });
});
