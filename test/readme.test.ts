import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answerOf, type Run } from '@agent-factory/sdk/domain';
import { command, root, startQuickstart, type Quickstart } from './support/quickstart.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, text = '']) => text.trim().split('\n'));
const lock = (): string => readFileSync(join(root, 'agent-factory.lock.json'), 'utf8');
const locked = lock();
const address = 'http://127.0.0.1:7070';

function block(language: string): string {
  const [, text = ''] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme) ?? [];
  return text;
}

describe('README.md', function () {
  this.timeout(30_000);
  let quickstart: Quickstart;
  let run: Run;
  before(async () => {
    quickstart = await startQuickstart();
  });
  after(async () => {
    assert.equal(await quickstart.stop(), 0);
  });

  /** Runs a line of the README in a shell, as a reader would, against the quickstart of this test. */
  async function shell(line: string): Promise<string> {
    const own = line
      .replaceAll(address, quickstart.url)
      .replace('npm run agent-factory --', command.map((word) => `"${word}"`).join(' '))
      .replace('{id}', run?.id ?? '');
    const { stdout } = await promisify(execFile)('sh', ['-c', own], { cwd: root, env: quickstart.env });
    return stdout;
  }

  it('has the commands of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const line of blocks) {
      const [, name] = /npm (?:run )?([\w:-]+)/.exec(line) ?? [];
      if (name) assert.ok(scripts[name], line);
    }
  });

  it('shows the line that the platform prints', () => {
    const [shown = ''] = /^Listening on .*$/m.exec(readme) ?? [];
    assert.ok(quickstart.text().includes(shown.replace(address, quickstart.url)), shown);
  });

  it('leaves the lock file as it came', () => {
    assert.equal(lock(), locked);
  });

  it('shows an answer that the curl call really gets', async function () {
    const line = blocks.find((each) => each.includes('?wait=true')) ?? '';
    if (spawnSync('curl', ['--version']).error) this.skip();
    run = JSON.parse(await shell(line)) as Run;
    assert.equal(run.status, 'succeeded');
    const shown = JSON.parse(block('json')) as Run;
    for (const key of Object.keys(shown)) assert.ok(key in run, key);
    assert.deepEqual(
      [shown.subject.name, shown.status, shown.turns, shown.toolCalls],
      [run.subject.name, run.status, run.turns, run.toolCalls],
    );
    const [beginning = ''] = answerOf(shown).split(' …');
    assert.ok(answerOf(run).includes(beginning), answerOf(run));
    for (const { source, quote, line: first, endLine } of shown.citations) {
      assert.ok(typeof first === 'number' && typeof endLine === 'number');
      const same = run.citations.find((each) => each.source === source && each.quote === quote);
      assert.ok(same?.line, `${source} is cited with a line: ${quote}`);
    }
  });

  it('shows how to run the agent from the terminal', async () => {
    const line = blocks.find((each) => each.startsWith('npm run agent-factory -- run')) ?? '';
    assert.match(await shell(line), /\n\nSources\n {2}\S+:\d+/);
  });

  it('shows how to read what a run did', async function () {
    if (spawnSync('curl', ['--version']).error) this.skip();
    const lines = blocks.filter((each) => each.startsWith('curl') && !each.includes('?wait=true'));
    assert.equal(lines.length, 3);
    const [list = '', events = '', stream = ''] = await Promise.all(lines.map(shell));
    assert.match(list, new RegExp(run.id));
    assert.match(events, /"type":"tool.started"/);
    assert.match(stream, /^event: run\.succeeded$/m);
  });

  it('and the greeting of the platform name commands that work', async function () {
    const tries = [...quickstart.text().matchAll(/^ {2}\d\. (.+)$/gm)].map(([, line = '']) => line);
    assert.equal(tries.length, 3);
    if (spawnSync('curl', ['--version']).error) tries.shift();
    for (const line of tries) assert.ok((await shell(line)).length > 100, line);
  });
});
