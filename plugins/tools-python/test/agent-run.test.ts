import assert from 'node:assert/strict';
import { AgentRuntime, ArtifactStore, defaultTenant } from '@agent-factory/sdk/contracts';
import { bootPython, skipUnoffered } from './support/boot-python.ts';

describe('an agent that calls a Python tool', function () {
  this.timeout(60_000);

  it('is answered, and the file the tool wrote is an artifact of its run', async function () {
    await skipUnoffered(this, 'L2');
    const rows = [{ city: 'Oslo', celsius: 7 }];
    const kernel = await bootPython([{ folder: 'tools', effect: 'read' }], {
      level: 'L2',
      more: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-artifacts-fs',
        '@agent-factory/plugin-journal-sql',
        {
          use: '@agent-factory/plugin-llm-scripted',
          config: {
            scripts: {
              clerk: [
                { reply: { toolCalls: [{ name: 'stats_report', input: { rows } }] } },
                'The tool says: {{toolResult}}',
              ],
            },
          },
        },
        {
          use: '@agent-factory/plugin-agent-runtime',
          config: {
            agents: [
              { name: 'clerk', instructions: 'Report.', model: 'scripted/clerk', tools: ['stats_report'] },
            ],
          },
        },
      ],
    });
    try {
      const tenant = kernel.use(AgentRuntime).tenant(defaultTenant);
      const run = await tenant.start({ agent: 'clerk', input: 'Write the report.' });
      const { output } = await tenant.wait(run.id);
      const [kept, ...others] = await kernel.use(ArtifactStore).tenant(defaultTenant).list({ runId: run.id });
      assert.deepEqual(others, []);
      assert.equal(kept?.name, 'report.csv');
      assert.match(JSON.stringify(output), new RegExp(`The tool says: .*${kept?.id}`));
      let text = '';
      for await (const piece of kernel
        .use(ArtifactStore)
        .tenant(defaultTenant)
        .read(kept?.id ?? ''))
        text += Buffer.from(piece).toString();
      assert.equal(text, 'Oslo,7\n');
    } finally {
      await kernel.close();
    }
  });
});
