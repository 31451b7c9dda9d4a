import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  af,
  ask,
  cleanUp,
  launch,
  startPlatform,
  tempFolder,
  type Command,
} from './support/agent-factory.ts';

describe('agent-factory start --role', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder('documents');
    const config = join(folder, 'agent-factory.config.yaml');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace('plugins:\n', "plugins:\n  - '@agent-factory/plugin-jobs-local'\n"));
  });
  afterEach(cleanUp);

  async function startWorker(): Promise<Command> {
    const worker = launch(folder, ['start', '--role', 'worker']);
    await worker.until(/Ctrl-C stops it/);
    return worker;
  }

  it('splits a platform into processes that answer and processes that work, on one state folder', async () => {
    const api = await startPlatform(folder, ['--role', 'api']);
    assert.match(api.text(), /, generation gen-\w+, role api\n/);
    const worker = await startWorker();
    assert.match(worker.text(), /role worker\n[^]*Works on what waits; it listens on no address\./);
    const run = await ask(api.url, 'librarian', 'Where is the state?');
    assert.equal(run['status'], 'succeeded');

    const names = [`api-${api.child.pid}`, `worker-${worker.child.pid}`];
    const reloaded = await af(folder, ['reload']);
    assert.equal(reloaded.code, 0, reloaded.stderr);
    for (const name of names) assert.match(reloaded.stdout, new RegExp(`^${name}\nNo plugin changes`, 'm'));
    const one = await af(folder, ['reload', '--process', names[1] ?? '']);
    assert.match(one.stdout, /^No plugin changes/);
    const unknown = await af(folder, ['reload', '--process', 'worker-1']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, new RegExp(`Running are: ${names.join(', ')}`));
    const { stdout } = await af(folder, ['doctor']);
    for (const name of names)
      assert.match(stdout, new RegExp(`✓ The platform is running as process \\d+ \\(${name}\\)`));

    worker.child.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    assert.equal(await api.stop(), 0);
    assert.deepEqual(sockets(), []);
  });

  it('lets a process of the role all be the only one', async () => {
    const all = await startPlatform(folder);
    const refused = await af(folder, ['start', '--role', 'worker']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`running already \\(process ${all.child.pid}\\)`));
    assert.equal(await all.stop(), 0);

    const worker = await startWorker();
    const second = await af(folder, ['start']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`running already \\(process ${worker.child.pid}\\)`));
    worker.child.kill('SIGKILL');
    await worker.ended;
    assert.equal(sockets().length, 1, 'the socket of the killed one is there');
    assert.equal(await (await startPlatform(folder)).stop(), 0);
    assert.deepEqual(sockets(), []);
  });

  it('runs an agent by the command beside a worker, which takes nothing from it', async () => {
    const worker = await startWorker();
    const { stdout, stderr } = await af(folder, [
      'run',
      'librarian',
      'Where is the state?',
      '--json',
      '--journal',
    ]);
    const { status, events } = JSON.parse(stdout) as { status: string; events: { type: string }[] };
    assert.equal(status, 'succeeded', stderr);
    assert.equal(events.filter(({ type }) => type === 'run.started').length, 1);
    worker.child.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
  });

  it('refuses without a jobs plugin', async () => {
    const refused = await af(tempFolder('documents'), ['start', '--role', 'api']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /AF_RUN_JOBS_MISSING|plugin-jobs-local/);
  });

  function sockets(): readonly string[] {
    return readdirSync(join(folder, '.agent-factory')).filter((name) => name.endsWith('.sock'));
  }
});
