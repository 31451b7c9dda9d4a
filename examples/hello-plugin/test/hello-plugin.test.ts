import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel } from '@agent-factory/kernel';
import { AgentRuntime, Tool, defaultTenant } from '@agent-factory/sdk/contracts';
import { answerOf } from '@agent-factory/sdk/domain';
import { bootTestKernel, toolSuite } from '@agent-factory/sdk/testing';

const folder = join(import.meta.dirname, '..');

describe('hello-plugin', () => {
  const open = async () => {
    const kernel = await bootTestKernel({ plugins: [folder] });
    return { tools: kernel.all(Tool).map(({ value }) => value), close: () => kernel.close() };
  };
  const examples = { roll_dice: [{}, { sides: 20 }] };
  for (const { name, run } of toolSuite(open, { examples })) it(name, run);

  for (const place of ['here', 'copied to a folder elsewhere']) {
    it(`rolls dice for the agent of its configuration, ${place}`, async () => {
      const elsewhere = await mkdtemp(join(tmpdir(), 'hello-plugin-'));
      const home = place === 'here' ? folder : join(elsewhere, 'hello-plugin');
      if (home !== folder) await cp(folder, home, { recursive: true });
      // Started from its config file, as the command does; the lock file and the data stay out of the example.
      const kernel = createKernel({
        configFile: join(home, 'agent-factory.config.yaml'),
        env: { AF_DATA_DIR: join(elsewhere, 'data'), AF_LOG__LEVEL: 'silent' },
        lock: false,
      });
      try {
        await kernel.start();
        const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
        const run = await runtime.start({ agent: 'gambler', input: 'Roll a die with 20 sides' });
        const ended = await runtime.wait(run.id);
        const { status, toolCalls } = ended;
        const output = answerOf(ended);
        assert.deepEqual([status, toolCalls], ['succeeded', 1]);
        const [, top] = /\b(\d+)\b/.exec(output) ?? [];
        assert.ok(Number(top) >= 1 && Number(top) <= 20, output);
      } finally {
        await kernel.close();
        await rm(elsewhere, { recursive: true, force: true });
      }
    });
  }
});
