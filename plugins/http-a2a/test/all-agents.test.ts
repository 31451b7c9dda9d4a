import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { ClientFactory } from '@a2a-js/sdk/client';
import type { JsonObject } from '@agent-factory/sdk';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { answerIn, message, sending } from './support/a2a-platform.ts';

describe('the door for clients of Agent2Agent where all agents are offered and nobody logs in', function () {
  this.timeout(60_000);
  let kernel: TestKernel;
  let url: string;

  const boot = (config: JsonObject): Promise<TestKernel> =>
    bootTestKernel({
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        { use: '@agent-factory/plugin-llm-scripted', config: { scripts: { any: ['Heard: {{input}}'] } } },
        {
          use: '@agent-factory/plugin-agent-runtime',
          config: {
            agentsDir: 'none',
            agents: [{ name: 'guide', description: 'Guides.', instructions: 'Help.', model: 'scripted/any' }],
          },
        },
        { use: dirname(import.meta.dirname), config },
        { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
      ],
    });
  const cardOf = async (path: string): Promise<JsonObject> =>
    (await (await fetch(`${url}${path}/.well-known/agent-card.json`)).json()) as JsonObject; // a card, or a problem

  before(async () => {
    kernel = await boot({});
    url = kernel.use(HttpServer).url() ?? '';
  });
  after(() => kernel?.close());

  it('answers without a key', async () => {
    const client = await new ClientFactory().createFromUrl(`${url}/a2a/guide/`);
    const task = await client.sendMessage(sending(message('Hello')));
    assert.ok('status' in task);
    assert.equal(answerIn(task), 'Heard: Hello');
  });

  it('has the same bare card for every name, and none for the well-known path', async () => {
    const { name, ...known } = await cardOf('/a2a/guide');
    const { name: other, ...unknown } = await cardOf('/a2a/other');
    assert.deepEqual([name, other], ['guide', 'other']);
    assert.equal(JSON.stringify(known).replaceAll('guide', 'other'), JSON.stringify(unknown));
    assert.equal(known['securitySchemes'], undefined);
    assert.equal((await cardOf(''))['code'], 'AF_A2A_NO_CARD');
    assert.equal((await cardOf('/a2a/No'))['code'], 'AF_HTTP_REQUEST_INVALID');
  });

  it('names the address that the operator gives', async () => {
    const behind = await boot({ publicUrl: 'https://agents.example' });
    try {
      url = behind.use(HttpServer).url() ?? '';
      const [first] = (await cardOf('/a2a/guide'))['supportedInterfaces'] as readonly JsonObject[]; // as cards have them
      assert.equal(first?.['url'], 'https://agents.example/a2a/guide');
    } finally {
      await behind.close();
      url = kernel.use(HttpServer).url() ?? '';
    }
  });
});
