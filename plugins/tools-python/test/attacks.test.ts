import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '@agent-factory/sdk';
import type { TestKernel } from '@agent-factory/sdk/testing';
import { bootPython, callContext, skipUnoffered, toolOf } from './support/boot-python.ts';
import { ownTemporaryFolder } from './support/temporary-folder.ts';

const storage = ['@agent-factory/plugin-storage-sqlite', '@agent-factory/plugin-artifacts-fs'];
const config = {
  timeoutMs: 20_000,
  memoryMiB: 192,
  maxResultBytes: 65_536,
  maxOutputChars: 5_000,
  maxFiles: 3,
  maxFileBytes: 50_000,
  scratchBytes: 4_194_304,
  workers: 2,
};

for (const level of ['L2', 'L3'] as const)
  describe(`Python code that means harm, at ${level}`, function () {
    this.timeout(60_000);
    let kernel: TestKernel;
    let server: Server;
    let port = 0;
    let contacts = 0;
    const canary = join(tmpdir(), `agent-factory-python-canary-${process.pid}-${level}`);

    before(async function () {
      await skipUnoffered(this, level);
      writeFileSync(canary, 'a canary', { mode: 0o600 });
      server = createServer((socket) => {
        contacts += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const entry = { folder: 'hostile', effect: 'read' };
      const quick = {
        file: 'hostile/hostile.py',
        function: 'spin',
        id: 'quick_spin',
        effect: 'read',
        timeoutMs: 1_500,
      };
      kernel = await bootPython([entry, quick], { level, config, more: storage });
    });
    after(async () => {
      server?.close();
      rmSync(canary, { force: true });
      await kernel?.close();
    });

    const call = (name: string, input: JsonObject = {}): Promise<Json> =>
      toolOf(kernel, `hostile_${name}`).run(input, callContext());
    const failed = (reason: RegExp) => ({ code: 'AF_TOOLS_PYTHON_FAILED', message: reason });
    const crashed = (reason: RegExp) => ({ code: 'AF_TOOLS_PYTHON_CRASHED', message: reason });

    it('reads no file of the platform, and nothing about its process', async () => {
      await assert.rejects(call('read', { path: canary }), failed(/PermissionError|FileNotFoundError/));
      const environ = `/proc/${process.pid}/environ`;
      await assert.rejects(call('read', { path: environ }), failed(/PermissionError|FileNotFoundError/));
    });

    it('sees no variable of the platform', async () => {
      const seen = Object(await call('environment')) as Record<string, string>; // as the fixture gives it
      assert.deepEqual(
        Object.keys(seen).filter(
          (name) => Object.hasOwn(process.env, name) && !/^(HOME|PWD|TMPDIR|LC_\w+)$/.test(name),
        ),
        [],
      );
      assert.notEqual(seen['HOME'], process.env['HOME']);
    });

    it('changes neither its own source nor that of others', async () => {
      const [stage] = readdirSync(tmpdir()).filter(
        (name) => name.startsWith('agent-factory-python-') && !name.includes('canary'),
      );
      assert.ok(stage);
      const file = join(tmpdir(), stage, 'worker/agent_factory_worker/__init__.py');
      await assert.rejects(
        call('write', { path: file }),
        failed(/PermissionError|OSError|FileNotFoundError/),
      );
      if (level === 'L3')
        for (const path of ['/tmp/mark', '/mark', '/dev/shm/mark', '/usr/mark'])
          await assert.rejects(call('write', { path }), failed(/OSError|PermissionError|FileNotFoundError/));
    });

    it('reaches no server', async () => {
      await assert.rejects(call('connect', { port }), failed(/PermissionError|ConnectionRefused|OSError/));
      assert.equal(contacts, 0);
    });

    it('starts no process, or none that outlives it', async () => {
      if (level === 'L3') {
        await assert.rejects(call('start'), failed(/PermissionError/));
        await assert.rejects(call('fork'), failed(/PermissionError/));
      } else assert.equal(await call('start'), 0);
    });

    it('sends no signal to the platform', async () => {
      await assert.rejects(
        call('signal', { pid: process.pid }),
        failed(/PermissionError|ProcessLookupError/),
      );
    });

    it('ends, or fails, when it takes more memory than it may, and the next call is answered', async () => {
      await assert.rejects(call('hog'), (error: Error) =>
        /MemoryError|more than 192 MiB of memory/.test(error.message),
      );
      assert.equal(await call('threads'), 8);
    });

    it('is ended when its time is over, whatever it does against it, and the next call gets a new process', async () => {
      await assert.rejects(toolOf(kernel, 'quick_spin').run({}, callContext()), {
        code: 'AF_TOOLS_PYTHON_TIMEOUT',
        message: /within 1500 ms and was ended/,
      });
      assert.equal(await call('threads'), 8);
    });

    it('is ended when its call is cancelled', async () => {
      const controller = new AbortController();
      const lines: Record<string, unknown>[] = [];
      const spinning = toolOf(kernel, 'hostile_spin').run(
        {},
        callContext({ signal: controller.signal }, lines),
      );
      setImmediate(() => controller.abort(new Error('no more')));
      await assert.rejects(spinning, /no more/);
    });

    it('yields for ever only until there are too many values', async () => {
      await assert.rejects(call('endless'), failed(/yields more than 10000 values/));
    });

    it('prints as much as it likes, and as much of it as is let through goes to the log', async () => {
      const lines: Record<string, unknown>[] = [];
      assert.equal(await toolOf(kernel, 'hostile_flood').run({}, callContext({}, lines)), 'printed');
      const printed = lines.map(({ output }) => String(output)).join('');
      assert.equal(printed.length, config.maxOutputChars);
      assert.match(printed, /^[x\n]*$/);
    });

    it('gives no answer that is too long, and none that JSON has not', async () => {
      await assert.rejects(call('giant'), failed(/more than 65536 bytes of JSON/));
      await assert.rejects(call('give', { what: 'nan' }), failed(/holds nan, which JSON has not/));
      await assert.rejects(call('give', { what: 'half' }), failed(/UnicodeEncodeError/));
      await assert.rejects(call('give', { what: 'half-key' }), failed(/UnicodeEncodeError/));
      await assert.rejects(call('give', { what: 'circle' }), failed(/100 levels deep, or holds itself/));
      await assert.rejects(call('give', { what: 'bytes' }), failed(/holds bytes/));
      await assert.rejects(call('give', { what: 'object' }), failed(/of type object/));
      assert.equal(await call('give', { what: 'large' }), '18446744073709551616');
    });

    it('changes no prototype with its keys', async () => {
      const answer = await call('give', { what: 'proto' });
      assert.deepEqual(Object.keys(Object(answer)), ['__proto__', 'constructor']);
      assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    });

    it('is ended when it writes into the channel what is no message, or was not asked for', async () => {
      await assert.rejects(call('forge_length'), crashed(/a message of more than \d+ bytes/));
      for (const text of [
        'no JSON',
        '[1]',
        '{"item":"\\ud83d","id":$ID}',
        '{"file":1,"id":$ID}',
        `{"item":${'['.repeat(999)}${']'.repeat(999)},"id":$ID}`,
      ])
        await assert.rejects(call('forge', { text }), crashed(/it sent what is no message/), text);
      const output = JSON.stringify({ output: 'x'.repeat(4_000), id: 0 }).replace('"id":0', '"id":$ID');
      await assert.rejects(
        call('forge', { text: output, count: 10 }),
        crashed(/printed more than was let through/),
      );
      const piece = JSON.stringify({ piece: 'a', base64: 'A'.repeat(40_000), id: 0 }).replace(
        '"id":0',
        '"id":$ID',
      );
      await assert.rejects(
        call('forge', { text: piece, count: 10 }),
        crashed(/a file of more than 50000 bytes/),
      );
    });

    it('is ended when it answers what was not asked, or twice; no other call gets that answer', async () => {
      await assert.rejects(
        call('forge', { text: '{"done":"mine","id":0}' }),
        crashed(/what nobody asked for/),
      );
      assert.equal(await call('forge', { text: '{"done":"mine","id":$ID}' }), 'mine');
      const next = await call('threads').catch((error: Error) => error.message);
      // Its second answer may come before the next call, or during it.
      assert.ok(next === 8 || /what nobody asked for/.test(JSON.stringify(next)), JSON.stringify(next));
    });

    it('takes nothing but its own process with it when it ends itself', async () => {
      await assert.rejects(call('leave', { how: 'exit' }), failed(/SystemExit: 3/));
      await assert.rejects(call('leave', { how: 'abort' }), crashed(/it ended/));
      await assert.rejects(call('leave', { how: '_exit' }), crashed(/it ended with code 3/));
      assert.equal(await call('threads'), 8);
    });

    it('fills no disk', async () => {
      await assert.rejects(call('fill', { files: 500 }), (error: Error) =>
        /No space left on device|its files had more than 4194304 bytes/.test(error.message),
      );
    });

    it('leaves no more files than are kept, and none of others by a link', async () => {
      const answer = (await call('litter')) as { result: string; files: { name: string; note?: string }[] };
      assert.equal(answer.result, 'littered');
      assert.deepEqual(
        answer.files.map(({ name, note = 'kept' }) => [name, note]),
        [
          ['a-large.bin', 'It is not kept: it has more than 50000 bytes.'],
          ['inner/0.txt', 'kept'],
          ['inner/1.txt', 'kept'],
          ['inner/2.txt', 'It is not kept: there are more than 3 files.'],
          ['inner/3.txt', 'It is not kept: there are more than 3 files.'],
          ['inner/4.txt', 'It is not kept: there are more than 3 files.'],
        ],
      );
    });

    it('remembers nothing of one tenant for another', async () => {
      const remember = toolOf(kernel, 'hostile_remember');
      const as = (tenant: string, text: string) => remember.run({ text }, callContext({ tenant }));
      await as('red', 'secret');
      assert.deepEqual(await as('blue', 'mine'), ['mine']);
    });

    it('leaves nothing in the temporary folder when the platform ends', async () => {
      const { folder, end } = ownTemporaryFolder();
      try {
        const own = await bootPython([{ folder: 'hostile', effect: 'read' }], { level, config });
        await toolOf(own, 'hostile_threads').run({}, callContext());
        assert.notDeepEqual(readdirSync(folder), []);
        await own.close();
        assert.deepEqual(readdirSync(folder), []);
      } finally {
        end();
      }
    });
  });
