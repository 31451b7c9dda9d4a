import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isolationLevels } from '@agent-factory/sdk';
import { waitFor } from '@agent-factory/sdk/testing';
import { nodeClosesNetwork } from '../../src/launch/command.ts';
import { besiege, skipWithout, type Besieged, type Mode } from './hostile.ts';

const canary = 'canary-7f3a9c';
const modes: readonly Mode[] = ['in the sandbox', 'as if vm2 had failed'];

/** The names on the prototypes that everything here stands on. */
function intrinsics(): string {
  const all = [Object, Array, Function, String, Promise, Map, Error, RegExp].map(
    ({ prototype }) => prototype as object,
  );
  return JSON.stringify(all.map((one) => Reflect.ownKeys(one).map(String)));
}

describe('what a hostile plugin reaches', function () {
  this.timeout(120_000);
  let folder = '';
  const servers: { close(): unknown }[] = [];
  let contacts = 0;
  let signals = 0;
  const onSignal = (): void => void (signals += 1);
  let places: {
    file: string;
    database: string;
    marker: string;
    unix: string;
    parent: number;
    tcp: number;
    udp: number;
    url: string;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'af-attack-'));
    process.on('SIGUSR2', onSignal);
    process.env['AF_TEST_CANARY'] = canary;
    const contact = (socket?: { destroy(): void }): void => {
      contacts += 1;
      socket?.destroy();
    };
    const listen = (where: { port: number; host: string } | { path: string }): Promise<Server> =>
      new Promise((resolve) => {
        const server: Server = createServer(contact).listen(where, () => resolve(server));
        servers.push(server);
      });
    const unix = join(folder, 'socket');
    const [tcp] = await Promise.all([
      listen({ port: 0, host: '127.0.0.1' }),
      listen({ path: unix }),
      listen({ path: `\0${unix}` }),
    ]);
    const udp: Socket = createSocket('udp4').on('message', () => contact());
    servers.push(udp);
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const address = tcp.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    places = {
      file: join(folder, 'canary.txt'),
      database: join(folder, 'canary.db'),
      marker: join(folder, 'marker'),
      unix,
      parent: process.pid,
      tcp: port,
      udp: udp.address().port,
      url: `http://127.0.0.1:${port}/`,
    };
    writeFileSync(places.file, canary, { mode: 0o600 });
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(places.database);
    database.exec(`CREATE TABLE canary (text TEXT); INSERT INTO canary VALUES ('${canary}')`);
    database.close();
  });
  after(() => {
    for (const server of servers) server.close();
    process.off('SIGUSR2', onSignal);
    delete process.env['AF_TEST_CANARY'];
    rmSync(folder, { recursive: true, force: true });
  });

  for (const level of isolationLevels)
    for (const mode of modes)
      describe(`at ${level}, ${mode}`, () => {
        let besieged: Besieged | undefined;
        const raw = mode === 'as if vm2 had failed';
        /** Whether this is a thing that L1 leaves to vm2 alone, as docs/isolation.md says. */
        const open = raw && level === 'L1';
        const networkIsOpen = open && !nodeClosesNetwork;
        const attack = async (name: string, more = {}): ReturnType<Besieged['attack']> => {
          const result = await besieged?.attack(name, { ...places, ...more });
          assert.ok(result && result.tried > 0, 'it ran');
          assert.ok(!result.found?.includes(canary), `${name} found the canary: ${result.worked.join()}`);
          return result;
        };
        before(async function () {
          await skipWithout(this, level);
          besieged = await besiege(level, mode, { good: true });
        });
        after(() => besieged?.kernel.close());

        it('runs the code where it is meant to run', async () => {
          assert.equal((await attack('files')).raw, raw);
          assert.equal((await besieged?.state())?.level, level);
        });
        it('no file, no /proc of the platform, no database', async () => {
          assert.deepEqual((await attack('files')).worked, []);
        });
        it('no environment, and no report of it', async () => {
          const { found = '', worked } = await attack('environment');
          assert.ok(!worked.includes('written'));
          assert.ok(!/PATH=|"PATH"|HOME/.test(found));
        });
        it('no network, no socket of this machine', async () => {
          contacts = 0;
          const { worked } = await attack('network');
          if (networkIsOpen) {
            assert.ok(worked.includes('tcp'), 'Node 24 alone keeps no network closed');
            await waitFor('the contact', () => contacts > 0);
          } else {
            // At L2 it may listen in a network of its own, which has nobody else in it.
            assert.deepEqual(worked, raw && level === 'L2' ? ['listen'] : []);
            assert.equal(contacts, 0);
          }
        });
        it('no process, thread, native code or file of its making', async () => {
          assert.deepEqual((await attack('spawn')).worked, []);
          assert.ok(!existsSync(places.marker));
        });
        it('no signal and no priority of the platform', async () => {
          const before = signals;
          const { worked } = await attack('signals');
          await new Promise((resolve) => setImmediate(resolve));
          if (open) assert.ok(worked.includes('signal'), 'Node alone keeps no signals');
          else {
            assert.deepEqual(worked, []);
            assert.equal(signals, before);
          }
        });
        it('no signal, no priority and no memory of another plugin', async () => {
          const { pid = 0 } = (await besieged?.state('good')) ?? {};
          const { worked, refused } = await attack('neighbour', { neighbour: pid });
          if (open) {
            assert.deepEqual(worked, ['priority', 'signal', 'stop', 'end'], 'Node alone keeps its memory');
            await waitFor('its end', async () => (await besieged?.state('good'))?.crashes === 1);
          } else {
            assert.deepEqual(worked, []);
            // It was there to be reached, and nobody knew it by another number.
            if (raw && level === 'L2') assert.equal(refused?.['end'], 'EPERM');
            const answer = await besieged?.good({ still: 'there' });
            assert.deepEqual(answer?.given, { still: 'there' });
            assert.equal((await besieged?.state('good'))?.pid, pid);
          }
        });
        it('no descriptor of the platform', async () => {
          const count = (): number => readdirSync('/proc/self/fd').length;
          const before = count();
          await attack('descriptors');
          assert.ok(count() <= before + 2, 'the number of open files stays what it was');
        });
        it('no prototype but its own', async () => {
          const before = intrinsics();
          assert.deepEqual((await attack('pollute')).worked, ['own realm']);
          assert.equal(intrinsics(), before);
          assert.equal(({} as { polluted?: string }).polluted, undefined);
        });
        it('no place of the platform in its stacks', async () => {
          const { found = '' } = await attack('stack');
          assert.ok(found.length > 0);
          assert.ok(!found.includes(process.cwd()) && !found.includes(import.meta.dirname));
        });
      });
});
