import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import { AgentRuntime, type Tool, defaultTenant } from '@agent-factory/sdk/contracts';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';

const models = [functionModel('test', () => 'Hello.')];
const tools: readonly Tool[] = [
  {
    name: 'search_documents',
    description: 'Finds.',
    input: { type: 'object' },
    effect: 'read',
    run: async () => null,
  },
];
const good = { name: 'guide', instructions: 'Help.', model: 'test/any', tools: ['search_documents'] };

describe('the agents of agent-runtime', () => {
  let agentsDir = '';
  beforeEach(async () => {
    agentsDir = await mkdtemp(join(tmpdir(), 'agent-factory-agents-'));
  });
  afterEach(() => rm(agentsDir, { recursive: true, force: true }));

  it('come from the configuration and from files, one an agent, listed by name', async () => {
    await writeFile(
      join(agentsDir, 'one.yaml'),
      'name: zebra\ninstructions: |\n  Help.\nmodel: [none/x, test/any]\n',
    );
    await writeFile(join(agentsDir, 'two.yml'), 'name: yak\ninstructions: Help.\nmodel: test/any\n');
    await writeFile(join(agentsDir, 'three.json'), JSON.stringify({ ...good, name: 'aardvark' }));
    await writeFile(join(agentsDir, 'notes.txt'), 'no agent');
    await mkdir(join(agentsDir, 'folder'));
    const kernel = await bootRuntime({ agents: [good], agentsDir, tools, models });
    try {
      const runtime = kernel.use(AgentRuntime);
      assert.deepEqual(
        runtime.agents().map(({ name }) => name),
        ['aardvark', 'guide', 'yak', 'zebra'],
      );
      const runs = runtime.tenant(defaultTenant);
      const { id } = await runs.start({ agent: 'zebra', input: 'Hi' });
      assert.equal((await runs.wait(id)).output, 'Hello.');
    } finally {
      await kernel.close();
    }
  });

  it('need no folder, and there may be none at all', async () => {
    const kernel = await bootRuntime({ agentsDir: join(agentsDir, 'missing'), models });
    try {
      assert.deepEqual(kernel.use(AgentRuntime).agents(), []);
      await assert.rejects(
        kernel.use(AgentRuntime).tenant(defaultTenant).start({ agent: 'x', input: 'Hi' }),
        {
          code: 'AF_AGENT_UNKNOWN',
        },
      );
    } finally {
      await kernel.close();
    }
  });

  it('are refused with every problem of all of them, with file, path and what was meant', async () => {
    await writeFile(join(agentsDir, 'broken.yaml'), 'name: [x\n');
    await writeFile(join(agentsDir, 'twin.yaml'), 'name: guide\ninstructions: Help.\nmodel: test/any\n');
    const agents = [
      good,
      { ...good, name: 'Guide' },
      { ...good, name: 'tooled', tools: ['search_document'], tool: 1 },
      { ...good, name: 'misled', tools: ['search_document'] },
      { ...good, name: 'lost', model: 'tset/any' },
    ];
    const text = await refusal({ agents, agentsDir, tools, models });
    assert.match(text, /config agents\/1 name: must be text/);
    assert.match(text, /config agents\/2 tool: is not known here. Did you mean "tools"\?/);
    assert.match(
      text,
      /config agents\/3 tools\/0: no active plugin offers the tool "search_document" \(there are: search_documents\)\. Did you mean "search_documents"\?/,
    );
    assert.match(
      text,
      /config agents\/4 model: no active plugin offers the model provider "tset" \(there are: test\)\. Did you mean "test"\?/,
    );
    assert.match(text, /broken\.yaml cannot be read: /);
    assert.match(text, /twin\.yaml name: "guide" is taken by the agent in config agents\/0/);
    assert.match(text, /have 6 problem\(s\)/);
  });

  it('cannot come from a folder that is none', async () => {
    const file = join(agentsDir, 'file');
    await writeFile(file, '');
    assert.match(await refusal({ agentsDir: file }), /file cannot be read: ENOTDIR/);
  });

  it('name what they lack when nothing is there to choose from', async () => {
    assert.match(
      await refusal({ agents: [good] }),
      /tool "search_documents" \(there is none\)(?!.*Did you mean)/,
    );
  });

  it('refuse to choose between two tools, or two model providers, of one name', async () => {
    const twin = await refusal({ agents: [], models: [...models, ...models] });
    assert.match(twin, /The model provider "test" is offered by two plugins/);
    assert.match(
      await refusal({ tools: [...tools, ...tools] }),
      /The tool "search_documents" is offered by two plugins/,
    );
  });

  it('suggest the agent that was meant', async () => {
    const kernel = await bootRuntime({ agents: [good], tools, models });
    try {
      await assert.rejects(
        kernel.use(AgentRuntime).tenant(defaultTenant).start({ agent: 'giude', input: 'Hi' }),
        (error) => {
          assert.ok(isAgentFactoryError(error, 'AF_AGENT_UNKNOWN'));
          assert.equal(error.fix, 'Did you mean "guide"? There are: guide.');
          return true;
        },
      );
    } finally {
      await kernel.close();
    }
  });
});

async function refusal(parts: Parts & { readonly agents?: readonly JsonObject[] }): Promise<string> {
  try {
    await (await bootRuntime(parts)).close();
  } catch (error) {
    assert.ok(isAgentFactoryError(error));
    return error.message;
  }
  return assert.fail('it booted');
}
