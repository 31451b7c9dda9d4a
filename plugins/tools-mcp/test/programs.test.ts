import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@agent-factory/sdk';
import { waitFor } from '@agent-factory/sdk/testing';
import { mcpKind, openMcp } from './support/open-mcp.ts';

const program = join(import.meta.dirname, 'fixtures/stdio-server.ts');

describe('an MCP server that is a program', function () {
  this.timeout(20_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-factory-mcp-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const stdio = (args: readonly string[] = [], more: JsonObject = {}): JsonObject => ({
    command: process.execPath,
    args: [program, ...args],
    ...more,
  });
  const pidIn = (file: string): number => Number(readFileSync(file, 'utf8'));
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('gets nothing of the environment but what every program needs and what was named', async () => {
    process.env['AF_TEST_CANARY'] = 'canary';
    const open = await openMcp(mcpKind(), stdio([], { env: { PLAIN: 'p' }, secretEnv: { TOKEN: 'token' } }));
    try {
      const said = await open.call('env');
      assert.ok(typeof said === 'string');
      assert.doesNotMatch(said, /canary|NODE_OPTIONS|npm_/);
      assert.match(said, /^PLAIN=p$/m);
      assert.match(said, /^TOKEN=s3cret$/m);
    } finally {
      delete process.env['AF_TEST_CANARY'];
      await open.close();
    }
  });

  it('starts with the first call, ends when it is closed, also one that does not want to', async () => {
    for (const more of [[], ['--deaf']]) {
      const file = join(folder, `pid${more.length}`);
      const open = await openMcp(mcpKind(), stdio([file, ...more]));
      await open.tools();
      const pid = pidIn(file);
      assert.ok(isAlive(pid));
      await open.close();
      await waitFor('the program to end', () => !isAlive(pid));
    }
  });

  it('is started again after it crashed', async () => {
    const file = join(folder, 'crash');
    const open = await openMcp(mcpKind(), stdio([file]));
    await assert.rejects(open.call('crash'), { code: 'AF_TOOLS_MCP_UNAVAILABLE', retryable: true });
    const pid = pidIn(file);
    assert.equal(await open.call('echo', { text: 'again' }), 'again');
    assert.notEqual(pidIn(file), pid);
    await open.close();
  });

  it('ends when nobody calls it, and is started again by the next call', async () => {
    const file = join(folder, 'idle');
    const open = await openMcp(mcpKind({ idleMs: 100 }), stdio([file]));
    await open.tools();
    const pid = pidIn(file);
    await waitFor('the idle program to end', () => !isAlive(pid));
    assert.equal(await open.call('echo', { text: 'again' }), 'again');
    await open.close();
  });

  it('that is not there, or is no server, is told and not asked at once again', async () => {
    const missing = await openMcp(mcpKind(), { command: join(folder, 'no-such-program') });
    await assert.rejects(missing.tools(), {
      code: 'AF_TOOLS_MCP_UNAVAILABLE',
      message: /program is not there/,
    });
    const starts = join(folder, 'starts');
    const silent = await openMcp(mcpKind(), {
      command: process.execPath,
      args: ['-e', 'fs.appendFileSync(process.argv[1], "x")', starts],
    });
    for (let asked = 0; asked < 2; asked++)
      await assert.rejects(silent.tools(), { code: 'AF_TOOLS_MCP_UNAVAILABLE' });
    assert.equal(readFileSync(starts, 'utf8'), 'x');
  });
});
