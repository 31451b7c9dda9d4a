import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, launch, startPlatform, tempFolder } from './support/agent-factory.ts';

/** Names of commands in a list of them, but for `help`. */
function namesIn(list: string): string[] {
  const names = [...list.matchAll(/^ {2}([a-z][a-z0-9-]*) .*/gm)].flatMap(([, name]) => name ?? []);
  return names.filter((name) => name !== 'help');
}

async function firstWords(folder: string): Promise<string[]> {
  const { stdout } = await af(folder, ['--help']);
  return namesIn(stdout.split(/^Commands:$/m)[1]?.split(/^Examples:$/m)[0] ?? '');
}

/** The pages of help of commands, made by one process. */
function helpOf(names: readonly string[]): string {
  const script = `import { main } from '@agent-factory/cli';
    for (const name of ${JSON.stringify(names)}) await main(['', '', name, '--help']);`;
  const args = ['--conditions=@agent-factory/source', '--input-type=module', '--eval', script];
  return spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout;
}

describe('agent-factory', function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder('documents');
  });
  afterEach(cleanUp);

  it('explains itself with --help, and exits 2 on wrong use with a suggestion', async () => {
    const help = await af(folder, ['--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Examples:/);
    for (const line of help.stdout.split('\n')) assert.ok(line.length <= 110, line);
    const wrong = await af(folder, ['strat']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /Did you mean start\?/);
    assert.equal((await af(folder, ['start', '--nonsense'])).code, 2);
    assert.equal((await af(folder, ['run', 'librarian'])).code, 2);
    assert.match((await af(folder, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('knows each of its commands by its first word alone', async () => {
    const listed = await firstWords(folder);
    assert.ok(listed.length > 20, listed.join(' '));
    const found = [...helpOf(listed).matchAll(/^Usage: agent-factory ([a-z-]+)/gm)].map(([, name]) => name);
    assert.deepEqual(found, listed);
  });

  it('has each of its commands in the table of the README', async () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const told = [...readme.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, column = '']) =>
      [...column.matchAll(/`([a-z-]+(?: [a-z][a-z-]*)?)/g)].map(([, words = '']) => words),
    );
    const pages = helpOf(await firstWords(folder))
      .split(/^Usage: agent-factory /m)
      .slice(1);
    const called = pages.flatMap((page) => {
      const [first = ''] = page.split(/\s/, 1);
      const under = namesIn(page.split(/^Commands:$/m)[1] ?? '');
      return under.length === 0 ? [first] : under.map((name) => `${first} ${name}`);
    });
    assert.ok(called.length > 80, called.join(', '));
    assert.deepEqual([...new Set(told)].toSorted(), called.toSorted());
  });

  it('says that there is no configuration, and exits 78', async () => {
    const refused = await af(tempFolder(), ['plugin', 'list']);
    assert.equal(refused.code, 78);
    assert.match(
      refused.stderr,
      /^✗ No configuration file was found in [^\n]+\n[^\n]+init[^\n]+\n[^\n]*AF_CONFIG_NOT_FOUND\n$/,
    );
  });

  describe('run', () => {
    it('prints pure JSON with --json, with the events when --journal is given too', async () => {
      const { code, stdout, stderr } = await af(folder, [
        'run',
        'librarian',
        'Where',
        'is',
        'the',
        'state?',
        '--json',
        '--journal',
      ]);
      assert.equal(code, 0, stderr);
      const run = JSON.parse(stdout) as {
        status: string;
        citations: unknown[];
        events: { seq: number; type: string }[];
      };
      assert.equal(run.status, 'succeeded');
      assert.ok(run.citations.length > 0);
      assert.equal(run.events[0]?.type, 'run.created');
      assert.equal(run.events.at(-1)?.type, 'run.succeeded');
      assert.equal(stderr, '');
    });

    it('prints each event with --journal, then the answer', async () => {
      const { stdout } = await af(folder, ['run', 'librarian', 'Where is the state?', '--journal']);
      assert.match(stdout, /^ {2}1 run\.created \{/);
      assert.match(stdout, /^ +\d+ tool\.started \{.*search_documents/m);
      assert.match(stdout, /Sources\n {2}welcome\.md/);
    });

    it('names the agents there are when it is given another', async () => {
      const refused = await af(folder, ['run', 'nobody', 'Hello']);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /no agent named "nobody"[^]*librarian[^]*AF_AGENT_UNKNOWN/);
      assert.equal(refused.stdout, '');
    });

    it('is cancelled by Ctrl-C, exits 130, and keeps the journal', async () => {
      let asked: () => void = () => {};
      const model = createServer(() => asked()).listen(0, '127.0.0.1');
      const modelAsked = new Promise<void>((resolve) => (asked = resolve));
      try {
        await new Promise((resolve) => model.once('listening', resolve));
        const { port } = model.address() as AddressInfo;
        const env = { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
        const command = launch(folder, ['run', 'librarian', 'Hello'], env);
        await Promise.race([modelAsked, command.ended]);
        command.child.kill('SIGINT');
        const { code, stderr } = await command.ended;
        assert.equal(code, 130, stderr);
        assert.match(stderr, /Cancelled\. Its journal is kept: run \S+/);
      } finally {
        model.closeAllConnections();
        model.close();
      }
    });
  });

  it('lists agents and plugins, and explains them, whether the platform runs or not', async () => {
    assert.match((await af(folder, ['agent', 'list'])).stdout, /^AGENT +MODEL +TOOLS +ABOUT\nlibrarian /);
    const agents: unknown = JSON.parse((await af(folder, ['agent', 'list', '--json'])).stdout);
    assert.ok(Array.isArray(agents) && agents.length === 1);

    const before = await af(folder, ['plugin', 'list']);
    assert.match(before.stderr, /No platform is running here/);
    const platform = await startPlatform(folder);
    const during = await af(folder, ['plugin', 'list']);
    assert.equal(during.stderr, '');
    assert.equal(during.stdout, before.stdout);
    assert.match(during.stdout, /^http-api +\d\S+ +active/m);
    const explained = await af(folder, ['plugin', 'explain', 'storage']);
    assert.match(explained.stdout, /^The contract storage is served by storage-sqlite\./);
    const unknown = await af(folder, ['plugin', 'explain', 'storag']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /Did you mean "storage"\?[^]*AF_CLI_NAME_UNKNOWN/);
    assert.equal(await platform.stop(), 0);
  });

  it('doctor passes a good platform, and lists what is wrong with a bad one', async () => {
    const good = await af(folder, ['doctor']);
    assert.equal(good.code, 0, good.stdout);
    assert.match(good.stdout, /✓ Agents: librarian\n\nAll well\.\n$/);
    const agent = join(folder, 'agents/librarian.yaml');
    writeFileSync(agent, readFileSync(agent, 'utf8').replace('calculate', 'calculat'));
    const bad = await af(folder, ['doctor']);
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, /✗ [^]*agents\/librarian\.yaml[^]*calculat[^]*→ [^]*1 problem to mend\.\n$/);
  });

  it('reload says when no platform runs', async () => {
    const refused = await af(folder, ['reload']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /AF_CLI_NOT_RUNNING/);
  });

  it('plugin lock writes the lock file, once', async () => {
    assert.match((await af(folder, ['plugin', 'lock'])).stdout, /The lock file was written\.\n$/);
    assert.ok(existsSync(join(folder, 'agent-factory.lock.json')));
    assert.equal((await af(folder, ['plugin', 'lock'])).stdout, 'The lock file is up to date.\n');
  });

  describe('completion', () => {
    it('completes commands, subcommands, options and their values in bash', async () => {
      const { stdout } = await af(folder, ['completion', 'bash']);
      const complete = (...words: string[]): string[] => {
        const list = words.map((word) => `'${word}'`).join(' ');
        const lines = `${stdout}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _agent_factory; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const shell = spawnSync('bash', ['--noprofile', '--norc', '-c', lines], { encoding: 'utf8' });
        assert.equal(shell.stderr, '');
        return shell.stdout.trim().split('\n');
      };
      assert.deepEqual(complete('af', 're'), ['reload']);
      assert.deepEqual(complete('af', 'plugin', '').slice(0, 5), [
        'list',
        'explain',
        'lock',
        'add',
        'upgrade',
      ]);
      assert.deepEqual(complete('af', '--verbose', 'plugin', 'ex'), ['explain']);
      assert.deepEqual(complete('af', 'plugin', 'list', '--'), ['--json', '--process']);
      assert.deepEqual(complete('af', 'start', '--role', 'w'), ['worker']);
      assert.deepEqual(complete('af', 'completion', ''), ['bash', 'zsh', 'fish']);
      assert.deepEqual(complete('af', 'init', '--template', 'd'), ['documents']);
    });

    for (const shell of ['zsh', 'fish']) {
      it(`gives ${shell} a script it accepts, where ${shell} is installed`, async function () {
        const { code, stdout } = await af(folder, ['completion', shell]);
        assert.equal(code, 0);
        assert.match(stdout, /explain/);
        if (spawnSync(shell, ['-c', 'true']).error) return;
        const checked = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
        assert.equal(checked.status, 0, checked.stderr);
      });
    }
  });
});
