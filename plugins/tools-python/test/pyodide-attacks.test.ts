import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '@agent-factory/sdk';
import type { TestKernel } from '@agent-factory/sdk/testing';
import { bootPython, callContext, skipUnoffered, toolOf } from './support/boot-python.ts';
import { ownTemporaryFolder } from './support/temporary-folder.ts';

const config = {
  python: 'pyodide',
  timeoutMs: 20_000,
  memoryMiB: 320,
  maxResultBytes: 65_536,
  maxOutputChars: 5_000,
  maxFiles: 3,
  maxFileBytes: 50_000,
  scratchBytes: 4_194_304,
  workers: 2,
};
const canaryText = 'a canary of the platform';

for (const level of ['L1', 'L3'] as const)
  describe(`Python on Pyodide that means harm, at ${level}`, function () {
    this.timeout(120_000);
    let kernel: TestKernel;
    let server: Server;
    let port = 0;
    let contacts = 0;
    let temporary: ReturnType<typeof ownTemporaryFolder> | undefined;
    const canary = join(tmpdir(), `agent-factory-pyodide-canary-${process.pid}-${level}`);

    before(async function () {
      await skipUnoffered(this, level, { python: 'pyodide' });
      this.timeout(120_000);
      temporary = ownTemporaryFolder();
      writeFileSync(canary, canaryText, { mode: 0o644 });
      server = createServer((socket) => {
        contacts += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const quick = { file: 'hostile/hostile.py', function: 'spin', id: 'quick_spin', timeoutMs: 1_500 };
      const entries = [{ folder: 'hostile' }, { folder: 'escape' }, quick];
      kernel = await bootPython(
        entries.map((entry) => ({ ...entry, effect: 'read' })),
        { level, config },
      );
    });
    after(async () => {
      server?.close();
      rmSync(canary, { force: true });
      await kernel?.close();
      temporary?.end();
    });

    const call = (name: string, input: JsonObject = {}): Promise<Json> =>
      toolOf(kernel, name).run(input, callContext());
    const failed = (reason: RegExp) => ({ code: 'AF_TOOLS_PYTHON_FAILED', message: reason });
    const crashed = (reason: RegExp) => ({ code: 'AF_TOOLS_PYTHON_CRASHED', message: reason });

    it('reads no file of the machine, and writes none', async () => {
      for (const path of [canary, '/etc/passwd', `/proc/${process.pid}/environ`])
        await assert.rejects(call('hostile_read', { path }), failed(/FileNotFoundError/), path);
      await assert.rejects(call('hostile_write', { path: '/etc/passwd' }), failed(/FileNotFoundError/));
    });

    it('reads and writes none where it finds a way to the file systems of JavaScript either', async () => {
      const notOurs = { code: /^AF_TOOLS_PYTHON_(FAILED|CRASHED)$/ };
      await assert.rejects(call('escape_read', { path: canary }), notOurs);
      await assert.rejects(call('escape_write', { path: canary }), notOurs);
      assert.equal(readFileSync(canary, 'utf8'), canaryText);
      const stages = readdirSync(tmpdir()).filter((name) => name.startsWith('agent-factory-python-'));
      assert.equal(stages.length, 1);
      const worker = stages.map((stage) => join(tmpdir(), stage, 'worker/agent_factory_worker/__init__.py'));
      const source = readFileSync(
        join(import.meta.dirname, '../python/agent_factory_worker/__init__.py'),
        'utf8',
      );
      for (const path of worker) {
        await assert.rejects(call('escape_write', { path }), notOurs);
        assert.equal(readFileSync(path, 'utf8'), source);
      }
    });

    it('sees no variable of the platform', async () => {
      const seen = Object(await call('hostile_environment')) as Record<string, string>; // as the fixture gives it
      const same = Object.entries(seen).filter(([name, value]) => process.env[name] === value);
      assert.deepEqual(
        same.filter(([name]) => !/^(LANG|LC_\w+)$/.test(name)),
        [],
      );
    });

    it('imports no module that leads to JavaScript, and makes no JavaScript of a text', async () => {
      for (const name of ['js', 'pyodide_js', 'pyodide', 'pyodide.code', 'pyodide.http', '_pyodide_core'])
        await assert.rejects(call('escape_module', { name }), failed(/is closed to tools/), name);
      await assert.rejects(
        call('escape_evaluate', { text: 'return 1' }),
        failed(/no text becomes code here/),
      );
      await assert.rejects(call('escape_script', { text: '1' }), crashed(/eval is not defined/));
    });

    it('reaches no server', async () => {
      await assert.rejects(call('hostile_connect', { port }), failed(/OSError/));
      assert.equal(contacts, 0);
    });

    it('starts no process and no thread, and sends no signal', async () => {
      await assert.rejects(call('hostile_start'), failed(/does not support processes/));
      await assert.rejects(call('hostile_fork'), failed(/OSError/));
      await assert.rejects(call('hostile_threads'), failed(/can't start new thread/));
      await assert.rejects(call('hostile_shell'), failed(/no process can be started here/));
    });

    it('fails, or ends, when it takes more memory than it may, and the next call is answered', async () => {
      await assert.rejects(call('hostile_hog'), (error: Error) =>
        /MemoryError|more than 320 MiB of memory|during the call: it ended/.test(error.message),
      );
      assert.equal(await call('hostile_give', { what: 'large' }), '18446744073709551616');
    });

    it('is ended when its time is over, and the next call gets a new process', async () => {
      await assert.rejects(call('quick_spin'), {
        code: 'AF_TOOLS_PYTHON_TIMEOUT',
        message: /within 1500 ms and was ended/,
      });
      assert.equal(await call('hostile_give', { what: 'large' }), '18446744073709551616');
    });

    it('prints as much as it likes, and as much of it as is let through goes to the log', async () => {
      const lines: Record<string, unknown>[] = [];
      assert.equal(await toolOf(kernel, 'hostile_flood').run({}, callContext({}, lines)), 'printed');
      assert.equal(lines.map(({ output }) => String(output)).join('').length, config.maxOutputChars);
    });

    it('gives no answer that is too long', async () => {
      await assert.rejects(call('hostile_giant'), failed(/more than 65536 bytes of JSON/));
    });

    it('has as much room for files as it may, and none on the disk', async () => {
      await assert.rejects(call('hostile_fill', { files: 500 }), failed(/No space left on device/));
      await assert.rejects(call('hostile_stretch'), failed(/File too large|No space left on device/));
    });

    // What the platform itself does about its processes is the same at every level, and each takes seconds to start.
    if (level !== 'L1') return;

    it('is ended when it writes into the channel what is no message, or was not asked for', async () => {
      // What was tried before may have left the process so large that it is ended for that, and not for this.
      await assert.rejects(call('hostile_leave', { how: '_exit' }), crashed(/it (ended|used more)/));
      await assert.rejects(call('hostile_forge_length'), crashed(/a message of more than \d+ bytes/));
      await assert.rejects(call('hostile_forge', { text: 'no JSON' }), crashed(/it sent what is no message/));
      await assert.rejects(
        call('hostile_forge', { text: '{"done":"mine","id":0}' }),
        crashed(/what nobody asked for/),
      );
    });

    it('takes nothing but its own process with it when it ends itself', async () => {
      await assert.rejects(call('hostile_leave', { how: 'exit' }), failed(/SystemExit: 3/));
      await assert.rejects(call('hostile_leave', { how: 'abort' }), crashed(/it ended/));
      await assert.rejects(call('hostile_leave', { how: '_exit' }), crashed(/it ended with code 3/));
    });

    it('remembers nothing of one tenant for another', async () => {
      const remember = toolOf(kernel, 'hostile_remember');
      const as = (tenant: string, text: string) => remember.run({ text }, callContext({ tenant }));
      await as('red', 'secret');
      assert.deepEqual(await as('blue', 'mine'), ['mine']);
    });
  });
