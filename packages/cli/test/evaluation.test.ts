import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, launch, tempFolder, type Outcome } from './support/agent-factory.ts';

const plugin = (name: string): string => join(import.meta.dirname, '../../../plugins', name);
const suite = (expected: string): string => `name: shelf
version: 1.0.0
target: { kind: agent, name: scripted }
cases:
  - { name: hello, input: Hello, expected: Good day }
  - { name: bye, input: Bye, expected: ${expected} }
scorers:
  - { use: contains, threshold: 1 }
`;

describe('agent-factory evaluation', function () {
  this.timeout(240_000); // many commands, each a process of its own
  let folder: string;
  beforeEach(() => {
    folder = tempFolder('documents');
    const file = join(folder, 'agent-factory.config.yaml');
    const added = ['scorers-builtin', 'evaluations'].map((name) => `\n  - '${plugin(name)}'`).join('');
    const scripts = `{ talk: [{ when: { contains: bye }, reply: { text: Farewell } }, { when: { contains: slow }, reply: { text: Late, delayMs: 600000 } }, { reply: { text: Good day } }] }`;
    const scripted = `\n  - use: '${plugin('llm-scripted')}'\n    config: { scripts: ${scripts} }`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^plugins:/m, `plugins:${added}${scripted}`));
    writeFileSync(
      join(folder, 'agents', 'scripted.yaml'),
      'name: scripted\ninstructions: Talk.\nmodel: scripted/talk\n',
    );
  });
  afterEach(cleanUp);
  const evaluation = (...args: string[]): Promise<Outcome> => af(folder, ['evaluation', ...args]);
  const put = async (expected: string): Promise<void> => {
    writeFileSync(join(folder, 'suite.yaml'), suite(expected));
    const kept = await evaluation('put', 'suite.yaml');
    assert.equal(kept.code, 0, kept.stderr);
  };

  it('is a gate: its exit status says whether the suite passed, and what is worse is shown', async () => {
    await put('farewell');
    const good = await evaluation('run', 'shelf', '--against', 'previous');
    assert.equal(good.code, 0, good.stderr + good.stdout);
    assert.match(good.stdout, /shelf 1\.0\.0 on the agent scripted: 2 of 2 runs judged/);
    assert.match(good.stdout, /✔ hello[^]*contains +1\.00 +1\.00 +reached[^]*passed +eval_/);
    assert.match(good.stderr, /no evaluation before/);

    await put('See you');
    const bad = await evaluation('run', 'shelf', '--repeat', '2', '--against', 'previous');
    assert.equal(bad.code, 1, bad.stderr + bad.stdout);
    assert.match(bad.stdout, /✗ bye \(2\)[^]*It does not contain "See you"[^]*not passed +eval_/);
    assert.match(bad.stdout, /bye +contains +1\.00 +0\.00 +worse/);

    const listed = JSON.parse((await evaluation('list', 'shelf', '--json')).stdout) as { id: string }[];
    const [after, before] = listed.map(({ id }) => id);
    assert.match((await evaluation('show', after ?? '')).stdout, /4 of 4 runs judged/);
    const compared = await evaluation('compare', before ?? '', after ?? '');
    assert.match(compared.stdout, /\(all\) +contains +1\.00 +0\.50 +worse/);
    assert.match((await evaluation('list')).stdout, /shelf .* 4 +contains 0\.50 +not passed/);
    assert.match((await evaluation('cancel', after ?? '')).stdout, /is finished/);
    assert.match((await evaluation('suites')).stdout, /shelf +1\.0\.0 +agent scripted +2/);
    assert.match((await evaluation('remove', 'shelf')).stdout, /Removed shelf/);
    const gone = await evaluation('run', 'shelf', '--json');
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /AF_EVALUATION_SUITE_UNKNOWN/);
  });

  it('runs some cases alone as JSON, and says what is wrong with a suite', async () => {
    await put('See you');
    const some = await evaluation('run', 'shelf', '--case', 'hello', '--json');
    assert.equal(some.code, 0, some.stderr);
    const { passed, results } = JSON.parse(some.stdout) as { passed: boolean; results: unknown[] };
    assert.deepEqual([passed, results.length], [true, 1]);
    writeFileSync(join(folder, 'suite.yaml'), suite('x').replace('use: contains', 'use: taste'));
    const wrong = await evaluation('put', 'suite.yaml');
    assert.match(wrong.stderr, /scorers\/0\/use: no active plugin offers the scorer "taste"/);
    const odd = await evaluation('run', 'shelf', '--repeat', 'often');
    assert.match(odd.stderr, /AF_EVALUATION_INVALID/);
  });

  it('is cancelled by an interrupt', async () => {
    writeFileSync(join(folder, 'suite.yaml'), suite('x').replace('input: Bye', 'input: slow'));
    assert.equal((await evaluation('put', 'suite.yaml')).code, 0);
    const command = launch(folder, ['evaluation', 'run', 'shelf']);
    let begun: { summary?: { done: number }; id: string } | undefined;
    while (begun === undefined) {
      const [first] = JSON.parse((await evaluation('list', '--json')).stdout) as { id: string }[];
      if (!first) continue;
      const shown = JSON.parse((await evaluation('show', first.id, '--json')).stdout) as {
        id: string;
        results: { runId?: string }[];
      };
      if (shown.results.every(({ runId }) => runId !== undefined)) begun = shown;
    }
    command.child.kill('SIGINT');
    const { code, stdout } = await command.ended;
    assert.equal(code, 130, stdout);
    assert.match(stdout, /cancelled +eval_/);
  });
});
