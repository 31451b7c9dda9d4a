import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createKernel } from '@agent-factory/kernel';
import { AgentRuntime, defaultTenant } from '@agent-factory/sdk/contracts';
import { answerOf } from '@agent-factory/sdk/domain';

const root = join(import.meta.dirname, '..');
const guide = await readFile(join(root, 'docs/write-a-plugin.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly file: string | undefined;
  readonly text: string;
}

const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)(?: file=(\S+))?\n([^]*?)\n```$/gm)].map(
  ([, language = '', file, text = '']) => ({ language, file, text }),
);

/** Without what formatters change: spaces, line breaks and trailing commas. */
function plain(code: string): string {
  return code.replace(/\s+/g, '').replace(/,(?=[)\]}])/g, '');
}

describe('docs/write-a-plugin.md', () => {
  it('takes every block of code from an example', async () => {
    assert.ok(blocks.length >= 10);
    for (const { language, file, text } of blocks) {
      if (language === 'text') continue; // a command
      assert.ok(file, `this block names its file:\n${text}`);
      const source = await readFile(join(root, file), 'utf8');
      assert.ok(plain(source).includes(plain(text).replace(/,$/, '')), `${file} no longer holds:\n${text}`);
    }
  });

  it('gives a plugin of at most ten lines that works, in a folder elsewhere, when one config line names it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'from-the-guide-'));
    try {
      const files = ['package.json', 'index.js', 'agent-factory.config.yaml'];
      for (const name of files) {
        const block = blocks.find(({ file }) => file && basename(file) === name);
        assert.ok(block, `the guide shows ${name}`);
        await writeFile(join(folder, name), block.text);
        if (name === 'index.js') assert.ok(block.text.split('\n').length <= 10);
      }
      const kernel = createKernel({ baseDir: folder, env: { AF_LOG__LEVEL: 'silent' } });
      try {
        await kernel.start();
        const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
        const [, agent = '', question = ''] = /^agent-factory run (\w+) "(.+)"$/m.exec(guide) ?? [];
        const { id } = await runtime.start({ agent, input: question });
        const run = await runtime.wait(id);
        assert.deepEqual([run.status, run.toolCalls], ['succeeded', 1]);
        assert.match(answerOf(run), /\d/);
      } finally {
        await kernel.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
