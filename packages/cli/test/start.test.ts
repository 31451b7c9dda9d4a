import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, ask, cleanUp, launch, startPlatform, tempFolder } from './support/agent-factory.ts';

describe('agent-factory start', function () {
  this.timeout(30_000);
  let folder: string;
  let config: string;
  beforeEach(() => {
    folder = tempFolder('documents');
    config = join(folder, 'agent-factory.config.yaml');
  });
  afterEach(cleanUp);

  const edit = (from: string | RegExp, to: string): void =>
    writeFileSync(config, readFileSync(config, 'utf8').replace(from, to));

  it('prints its plugins, where it listens and things to try, answers, drains and exits 0', async () => {
    const platform = await startPlatform(folder);
    const text = platform.text();
    assert.match(text, /^my-platform on Agent Factory \d+\.\d+\.\d+, generation gen-[0-9a-f]{12}$/m);
    assert.match(text, /^ {2}http-api +\d+\.\d+\.\d+ +\d+ ms +provides http-server/m);
    const [, body = ''] =
      / {2}1\. curl -s 'http:\S+' -H 'content-type: application\/json' -d '(.+)'\n/.exec(text) ?? [];
    const { agent, input } = JSON.parse(body) as { agent: string; input: string };
    const run = await ask(platform.url, agent, input);
    assert.equal(run['status'], 'succeeded');
    assert.notDeepEqual(run['citations'], []);
    assert.equal(text.includes('\u001b'), false, 'no colours without a terminal');
    assert.ok(existsSync(join(folder, '.agent-factory/config.schema.json')));

    assert.equal(await platform.stop('SIGTERM'), 0);
    assert.equal(existsSync(join(folder, '.agent-factory/control.sock')), false);
  });

  it('refuses a second platform on the same state folder, and takes over from a killed one', async () => {
    const first = await startPlatform(folder);
    const second = await af(folder, ['start']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`running already \\(process ${first.child.pid}\\)`));
    assert.match(second.stderr, /AF_CLI_ALREADY_RUNNING/);
    assert.equal((await ask(first.url, 'librarian', 'Where is the state?'))['status'], 'succeeded');

    await first.stop('SIGKILL');
    assert.ok(
      existsSync(join(folder, '.agent-factory/control.sock')),
      'the socket of the killed one is there',
    );
    const third = await startPlatform(folder);
    assert.equal((await ask(third.url, 'librarian', 'Where is the state?'))['status'], 'succeeded');
    assert.equal(await third.stop('SIGINT'), 0);
  });

  it('goes on, quietly, when nobody reads its output any more', async () => {
    const platform = await startPlatform(folder);
    platform.child.stdout?.destroy();
    assert.equal((await af(folder, ['reload'])).code, 0);
    platform.child.kill('SIGHUP'); // it prints what it did
    assert.equal((await ask(platform.url, 'librarian', 'Where is the state?'))['status'], 'succeeded');
    assert.equal(await platform.stop(), 0);
  });

  it('says in a line what is wrong with a configuration, and exits 78', async () => {
    edit('documents: [./documents]', 'documentz: [./documents]');
    const refused = await af(folder, ['start']);
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /agent-factory\.config\.yaml:\d+.*documentz/s);
    assert.match(refused.stderr, /AF_CONFIG_INVALID/);
    assert.doesNotMatch(refused.stderr, /\n\s+at /);
    assert.equal(refused.stdout, '');
  });

  it('reloads on request and on SIGHUP, and refuses a broken configuration while it serves', async () => {
    const platform = await startPlatform(folder);
    assert.match((await af(folder, ['reload'])).stdout, /^No plugin changes/);

    edit('documents: [./documents]', 'documents: [./documents], refreshMs: 0');
    const reloaded = await af(folder, ['reload']);
    assert.equal(reloaded.code, 0, reloaded.stderr);
    assert.match(reloaded.stdout, /\+ tools-builtin \S+: its configuration changed/);

    edit('refreshMs: 0', 'refreshMs: never');
    const refused = await af(folder, ['reload']);
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /refreshMs/);
    assert.match(refused.stderr, /AF_CONFIG_INVALID/);
    platform.child.kill('SIGHUP');
    await platform.until(/SIGHUP: refused; what was serving goes on serving/);
    assert.equal((await ask(platform.url, 'librarian', 'Where is the state?'))['status'], 'succeeded');

    edit('refreshMs: never', 'refreshMs: 1');
    platform.child.kill('SIGHUP');
    await platform.until(/SIGHUP: Generation gen-\w+ serves/);
    assert.equal(await platform.stop(), 0);
  });

  it('with --watch applies edits of the configuration and of a local plugin as they are saved', async () => {
    folder = tempFolder('plugin');
    config = join(folder, 'agent-factory.config.yaml');
    const platform = await startPlatform(folder, ['--watch']);
    const source = join(folder, 'my-plugin/index.js');
    writeFileSync(source, readFileSync(source, 'utf8').replace(/1 \+ Math.*sides\)/, '777'));
    await platform.until(/index\.js changed: Generation gen-\w+ serves/);
    const run = await ask(platform.url, 'gambler', 'Roll a die with 20 sides.');
    assert.match(String(run['output']), /777/);

    writeFileSync(source, 'throw new Error("broken on purpose");');
    await platform.until(/index\.js changed: refused[^]*broken on purpose[^]*AF_LOAD_FAILED/);
    assert.match(String((await ask(platform.url, 'gambler', 'Roll a die with 20 sides.'))['output']), /777/);

    edit('name: my-platform', 'name: another-name\nnonsense: true');
    await platform.until(/agent-factory\.config\.yaml changed: refused/);
    assert.equal(await platform.stop(), 0);
  });

  it('with --watch takes in files of agents and workflows as they are saved, and keeps what served', async () => {
    const platform = await startPlatform(folder, ['--watch']);
    const file = join(folder, 'agents/clerk.yaml');
    const clerk = (instructions: string, model = 'local/tools'): string =>
      `name: clerk\ninstructions: ${instructions}\nmodel: ${model}\n`;
    const hash = async (): Promise<unknown> =>
      Object((await ask(platform.url, 'clerk', 'What is 2 + 2?'))['subject'])['hash'];
    writeFileSync(file, clerk('Answer.'));
    await platform.until(/clerk\.yaml changed: Generation gen-\w+ serves/);
    const first = await hash();

    writeFileSync(file, clerk('Answer well.', 'lokal/tools'));
    await platform.until(
      /clerk\.yaml changed: refused; what was serving goes on serving\.[^]*agents\/clerk\.yaml model: no active plugin offers the model provider "lokal"[^\n]*Did you mean "local"\?/,
    );
    assert.equal(await hash(), first);
    writeFileSync(file, 'name: [clerk\n');
    await platform.until(/agents\/clerk\.yaml cannot be read: [^\n]+\n/);
    assert.equal(await hash(), first);

    writeFileSync(file, clerk('Answer well.'));
    await platform.until(/(clerk\.yaml changed: Generation gen-\w+ serves[^]*){2}/);
    assert.notEqual(await hash(), first);

    mkdirSync(join(folder, 'workflows'));
    writeFileSync(
      join(folder, 'workflows/pause.yaml'),
      'name: pause\nversion: 1.0.0\nstart: p\nnodes: [{ id: p, type: wait, forMs: 1 }]\nedges: []\n',
    );
    await platform.until(/(workflows|pause\.yaml) changed: Generation gen-\w+ serves/);
    const workflows = await (await fetch(`${platform.url}/api/v1/workflows`)).json();
    assert.match(JSON.stringify(workflows), /"pause"/);
    assert.equal(await platform.stop(), 0);
  });

  it('is ended at once by a second signal', async () => {
    const platform = await startPlatform(folder);
    platform.child.kill('SIGINT');
    platform.child.kill('SIGTERM');
    const { code } = await platform.ended;
    assert.ok(code === 130 || code === 0, `exit status ${code}`);
  });

  it('blames an error outside of any call on the plugin, and goes on', async () => {
    folder = tempFolder('plugin');
    config = join(folder, 'agent-factory.config.yaml');
    const source = join(folder, 'my-plugin/index.js');
    const lost = `setImmediate(() => { throw 'a mere text'; }), fetch('http://127.0.0.1:1/?tool')`;
    const throws = `(setImmediate(() => { throw new Error('left behind'); }), ${lost}, 1 + `;
    writeFileSync(
      source,
      readFileSync(source, 'utf8')
        .replace('1 + ', throws)
        .replace('* sides)', '* sides))')
        .replace(/setup\(ctx\) \{/, '$& Promise.reject(undefined);'),
    );
    const platform = await startPlatform(folder);
    await platform.until(/my-plugin.*an error outside of any call/);
    for (const _ of [1, 2]) {
      const run = await ask(platform.url, 'gambler', 'Roll a die with 20 sides.');
      assert.equal(run['status'], 'succeeded');
    }
    for (const each of [/left behind/, /a mere text/, /fetch failed/]) await platform.until(each);
    const explained = await af(folder, ['plugin', 'explain', 'my-plugin']);
    assert.match(explained.stdout, /3 error\(s\)/); // the tool's other two come from a piece of work
    assert.equal(await platform.stop(), 0);
  });

  it('refuses with --frozen-lock what would change the lock file', async () => {
    const refused = await launch(folder, ['start', '--frozen-lock']).ended;
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /AF_LOCK_MISMATCH/);
    assert.equal((await af(folder, ['plugin', 'lock'])).code, 0);
    const platform = await startPlatform(folder, ['--frozen-lock']);
    assert.equal(await platform.stop(), 0);
  });
});
