import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

describe('agent-factory agent and runs', function () {
  this.timeout(120_000);
  let folder: string;
  before(() => {
    folder = tempFolder('documents');
  });
  after(cleanUp);
  const call = (...args: string[]): Promise<Outcome> => af(folder, args);

  it('keep agents of a tenant, revision by revision', async () => {
    const file = join(folder, 'helper.yaml');
    writeFileSync(file, 'name: helper\ninstructions: Help.\nmodel: local/tools\n');
    assert.equal((await call('agent', 'put', 'helper.yaml')).stdout, 'helper is at revision 1.\n');
    writeFileSync(file, 'name: helper\ninstructions: Help well.\nmodel: local/tools\n');
    assert.equal(
      (await call('agent', 'put', 'helper.yaml', '--if-revision', '1')).stdout,
      'helper is at revision 2.\n',
    );
    assert.match((await call('agent', 'diff', 'helper', '1', '2')).stdout, /- "Help\."\n\+ "Help well\."/);
    writeFileSync(file, 'name: helper\ninstructions: Help.\nmodel: lokal/tools\n');
    const refused = await call('agent', 'put', 'helper.yaml');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /agent model: .*Did you mean "local"/);
    assert.match((await call('agent', 'list')).stdout, /^helper +local\/tools/m);
  });

  it('show runs and what they are told', async () => {
    const { id } = JSON.parse((await call('run', 'helper', 'Hello', '--json')).stdout) as { id: string };
    assert.match((await call('runs', 'list')).stdout, new RegExp(`^${id} +agent helper +succeeded`, 'm'));
    assert.match((await call('runs', 'events', id)).stdout, /1 run\.created[^]*run\.succeeded/);
    const late = await call('runs', 'send', id, 'news', '--data', '[1]');
    assert.match(late.stderr, /AF_RUN_ENDED/);
    assert.match((await call('runs', 'approve', id)).stderr, /waits for 0 answers of that kind/);
  });

  it('replay a run, fork it and compare the two', async () => {
    const { id } = JSON.parse((await call('run', 'helper', 'Hello', '--json')).stdout) as { id: string };
    assert.match(
      (await call('runs', 'replay', id)).stdout,
      new RegExp(`^${id}  succeeded: \\d+ events came out equal`),
    );
    const forked = await call('runs', 'fork', id, '--input', 'What else?', '--json');
    const { run, from } = JSON.parse(forked.stdout) as { run: { id: string }; from: number };
    assert.equal(from, 2, forked.stderr);
    const { stdout } = await call('runs', 'diff', id, run.id);
    assert.match(stdout, /input: .*\[-Hello-\]\{\+What else\?\+\}/);
    assert.match((await call('runs', 'fork', id)).stderr, /AF_FORK_INVALID/);
    assert.match((await call('runs', 'replay', 'run_none')).stderr, /AF_RUN_NOT_FOUND/);
  });
});
