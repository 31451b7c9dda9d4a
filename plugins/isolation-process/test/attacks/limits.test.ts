import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { waitFor } from '@agent-factory/sdk/testing';
import { besiege, type Besieged, type SiegeOptions } from './hostile.ts';
import { atLength, atTheWeakest, type Siege } from './sieges.ts';

const open: Besieged[] = [];

/** A platform of its own for each attack: after a crash a plugin waits before it is started again. */
async function siege({ level, mode }: Siege, options: SiegeOptions = {}): Promise<Besieged> {
  const besieged = await besiege(level, mode, { good: true, ...options });
  open.push(besieged);
  return besieged;
}

/** Makes an attack that ends the process of its plugin; the plugin beside it answers meanwhile and is not blamed. */
async function endsItself(besieged: Besieged, name: string, reason: RegExp): Promise<void> {
  let turns = 0;
  const loop = setInterval(() => (turns += 1), 1);
  const before = process.memoryUsage.rss();
  try {
    const [failure, answer] = await Promise.all([
      besieged.attack(name).then(
        () => assert.fail(`${name} came to an end`),
        (error: Error & { code?: string }) => error,
      ),
      besieged.good({ beside: name }),
    ]);
    assert.equal(failure.code, 'AF_ISOLATION_CRASHED', failure.message);
    assert.match(failure.message, /^The process of hostile@1\.0\.0 ended/);
    assert.match(failure.message, reason);
    assert.deepEqual(answer.given, { beside: name });
  } finally {
    clearInterval(loop);
  }
  assert.ok(turns > 0, 'the platform went on with other things');
  assert.ok(
    process.memoryUsage.rss() - before < 200 * 1_048_576,
    'the memory of the platform stays what it was',
  );
  assert.deepEqual(await besieged.good({ after: name }).then(({ given }) => given), { after: name });
  assert.equal((await besieged.state()).crashes, 1);
  assert.equal((await besieged.state('good')).crashes, 0);
}

describe('what a hostile plugin uses up', () => {
  afterEach(async () => {
    for (const { kernel } of open.splice(0)) await kernel.close();
  });

  atLength((at) => {
    it('no time: a loop without end is noticed from outside', async () => {
      await endsItself(await siege(at, { config: { busyMs: 500 } }), 'loop', /it computed for 500 ms/);
    });
    it('no memory outside of the heap', async () => {
      const besieged = await siege(at, { config: { busyMs: 60_000 } });
      const before = process.memoryUsage.rss();
      // Ended from outside, or refused by the limit on data that the kernel keeps: whichever comes first.
      const refusal = /it used more than 256 MiB of memory|it used more memory than it may|allocation failed/;
      await assert.rejects(besieged.attack('buffers'), refusal);
      assert.ok(process.memoryUsage.rss() - before < 200 * 1_048_576, 'the platform does not grow');
      assert.equal((await besieged.state('good')).crashes, 0);
    });
    it('no heap', async () => {
      await endsItself(
        await siege(at, { config: { busyMs: 60_000 } }),
        'heap',
        /it used more memory than it may/,
      );
    });
    it('nothing of the others when it ends its process', async () => {
      if (at.raw) return endsItself(await siege(at), 'abort', /it ended (by SIGABRT|with code 134)/);
      const besieged = await siege(at);
      // Where vm2 holds, a rejection that nobody looks at stays inside.
      assert.equal((await besieged.attack('rejection')).tried, 1);
      assert.equal((await besieged.attack('stack')).tried, 1);
      assert.equal((await besieged.state()).crashes, 0);
    });
  });

  atTheWeakest((at) => {
    for (const name of ['regex', 'microtasks'])
      it(`no time: ${name} without end`, async () => {
        const reason = /it (computed for 500 ms|used more memory)/;
        await endsItself(await siege(at, { config: { busyMs: 500 } }), name, reason);
      });
    it('no heap by texts', async () => {
      await endsItself(
        await siege(at, { config: { busyMs: 60_000 } }),
        'strings',
        /it used more memory than it may/,
      );
    });
    it('no caller for ever: a promise that is never kept meets its deadline', async () => {
      const besieged = await siege(at, { config: { callMs: 3000 } });
      await assert.rejects(besieged.attack('pending'), { code: 'AF_ISOLATION_DEADLINE' });
      // A call that goes on although it was cancelled ends the process.
      const { why } = await waitFor('its end', async () => {
        const state = await besieged.state();
        return state.state === 'crashed' && state;
      });
      assert.match(why, /it went on with a call that had been cancelled/);
      assert.equal((await besieged.state('good')).crashes, 0);
    });
    it('no more timers than it may have', async () => {
      const besieged = await siege(at);
      await assert.rejects(besieged.attack('timers'), /1000 timers at once/);
      assert.equal((await besieged.state()).crashes, 0);
    });
    it('no log: lines are dropped, and the platform answers meanwhile', async () => {
      const besieged = await siege(at);
      const [logged, answer] = await Promise.all([
        besieged.attack('logs'),
        besieged.good({ beside: 'logs' }),
      ]);
      assert.equal(logged.tried, 1);
      assert.deepEqual(answer.given, { beside: 'logs' });
    });
    it('not the platform, when its process is killed: the next call starts it again', async () => {
      const besieged = await siege(at);
      process.kill((await besieged.state()).pid ?? 0, 'SIGKILL');
      await waitFor('its end', async () => (await besieged.state()).state === 'crashed');
      const refusals = new Set<string>();
      const found = await waitFor('its return', () =>
        besieged.attack('stack').catch((error: Error & { code?: string }) => {
          refusals.add(String(error.code));
          return undefined;
        }),
      );
      assert.equal(found.tried, 1);
      assert.ok(
        [...refusals].every((code) => code === 'AF_ISOLATION_RESTARTING'),
        [...refusals].join(),
      );
      assert.equal((await besieged.state()).crashes, 1);
    });
    if (!at.raw) return;
    it('not the platform, when its process ends with success', async () => {
      await endsItself(await siege(at), 'exit', /it ended with code 0/);
    });
    it('not the platform, when a rejection that nobody looks at ends its process', async () => {
      const besieged = await siege(at);
      await besieged.attack('rejection').catch(() => {}); // answered, or ended before it could
      const { why } = await waitFor('its end', async () => {
        const state = await besieged.state();
        return state.state === 'crashed' && state;
      });
      assert.match(why, /nobody looks/);
      assert.deepEqual((await besieged.good({ after: 1 })).given, { after: 1 });
    });
  });

  describe('of a server it may reach', () => {
    let server: Server;
    let host = '';
    let [running, peak, answered, sent] = [0, 0, 0, 0];
    before(async () => {
      server = createServer((request, response) => {
        if (request.url === '/endless') {
          const piece = Buffer.alloc(65_536, 120);
          const write = (): void => {
            while (sent < 256 * 1_048_576) {
              sent += piece.length;
              if (!response.write(piece)) return void response.once('drain', write);
            }
            response.end();
          };
          response.writeHead(200, { 'content-type': 'text/plain' });
          return write();
        }
        running += 1;
        peak = Math.max(peak, running);
        setImmediate(() => {
          running -= 1;
          answered += 1;
          response.end('ok');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    atTheWeakest((at) => {
      const options = (): SiegeOptions => ({
        granted: [`net:${host}`],
        config: { allowHosts: [host], maxResponseBytes: 1_073_741_824 },
      });
      it('no more requests at once than it may have, and all of them in the end', async () => {
        [running, peak, answered] = [0, 0, 0];
        const besieged = await siege(at, options());
        const { tried, worked } = await besieged.attack('flood', { url: `http://${host}/` });
        assert.deepEqual([tried, worked.length, answered], [400, 400, 400]);
        assert.ok(peak <= 32, `${peak} at once`);
      });
      it('no answer without end that it does not read', async () => {
        sent = 0;
        const besieged = await siege(at, options());
        assert.deepEqual((await besieged.attack('unread', { url: `http://${host}/endless` })).worked, [
          '200',
        ]);
        for (let turn = 0; turn < 100; turn++) await besieged.good({ turn });
        assert.ok(sent > 0 && sent < 64 * 1_048_576, `${sent} bytes were sent`);
      });
    });
  });
});
