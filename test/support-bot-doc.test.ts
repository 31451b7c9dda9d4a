import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, root } from './support/quickstart.ts';

const page = await readFile(join(root, 'docs/support-bot.md'), 'utf8');
const example = join(root, 'examples/support-bot');

/** Commands, and what they print one after the other. */
const shown = [...page.matchAll(/```sh\n([^]*?)```\s+```text\n([^]*?)```/g)].map(
  ([, commands = '', text = '']) => ({ commands: commands.trim().split('\n'), text: text.trim() }),
);

/** Whether a text is as it is shown, where `…` stands for anything. */
function isShown(text: string, wanted: string): boolean {
  const parts = wanted.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`).test(text);
}

describe('docs/support-bot.md', function () {
  this.timeout(180_000);
  let dataDir = '';
  let waiting = '';
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-support-'));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  /** Runs a command as a reader would, in a process of its own; gives what it prints. */
  function shell(line: string): Promise<string> {
    const config = join(example, 'agent-factory.config.yaml');
    const own = [...command, '-c', config].map((word) => `"${word}"`).join(' ');
    const { npm_lifecycle_event: _, ...inherited } = process.env;
    const env = { ...inherited, OPENAI_API_KEY: '', AF_DATA_DIR: dataDir, AF_LOG__LEVEL: 'silent' };
    const text = line.replace(/^agent-factory/, own).replace('run_…', waiting);
    return new Promise((resolve) => {
      execFile('sh', ['-c', `${text} 2>&1`], { cwd: root, env }, (_error, stdout) => resolve(stdout));
    });
  }

  it('shows its definitions as the example has them', async () => {
    const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) =>
      text.replace(/\s+/g, ' '),
    );
    const files = ['routers/desk.yaml', 'workflows/support.yaml'];
    assert.equal(blocks.length, files.length);
    for (const [index, file] of files.entries()) {
      const text = await readFile(join(example, 'blueprint', file), 'utf8');
      assert.ok(text.replace(/\s+/g, ' ').includes(blocks[index]?.trim() ?? 'nothing'), file);
    }
  });

  it('shows commands that print what it says, each in a process of its own', async () => {
    assert.equal(page.match(/```sh/g)?.length, shown.length);
    assert.ok(shown.length >= 7);
    for (const { commands, text } of shown) {
      let printed = '';
      for (const line of commands) printed += await shell(line);
      waiting ||= /The run (run_\w+) waits/.exec(printed)?.[1] ?? '';
      assert.ok(
        isShown(printed.trim(), text),
        `${commands.join('\n')}\nprints:\n${printed}\nshown is:\n${text}`,
      );
    }
    assert.notEqual(waiting, '');
  });
});
