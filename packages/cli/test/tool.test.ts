import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

const plugin = (name: string): string => join(import.meta.dirname, '../../../plugins', name);

describe('agent-factory tool', function () {
  this.timeout(90_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder('documents');
    const file = join(folder, 'agent-factory.config.yaml');
    const added = ['tools-openapi', 'tools-registry'].map((name) => `\n  - '${plugin(name)}'`).join('');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^plugins:/m, `plugins:${added}`));
  });
  afterEach(cleanUp);
  const tool = (...args: string[]): Promise<Outcome> => af(folder, ['tool', ...args]);

  it('registers tools, lists, shows and removes them', async () => {
    const document = {
      openapi: '3.1.0',
      servers: [{ url: 'https://api.example.org' }],
      security: [{ key: [] }],
      paths: {
        '/orders': { get: { operationId: 'list', summary: 'Lists orders.', responses: {} }, post: {} },
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    };
    writeFileSync(join(folder, 'shop.json'), JSON.stringify(document));
    const refused = await tool('register', 'shop', '--openapi', 'shop.json');
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /spec\/auth: requests need key\. Name the secret[^]*AF_TOOLS_REGISTRY_INVALID/,
    );
    const args = [
      'register',
      'shop',
      '--openapi',
      'shop.json',
      '--include',
      'list',
      '--auth',
      'key=shop_token',
    ];
    const made = await tool(...args);
    assert.match(
      made.stdout,
      /^Registered shop, version 1:\nTOOL +EFFECT +ABOUT\nshop_list +read +Lists orders\.\n$/,
    );
    const shown = JSON.parse((await tool('show', 'shop')).stdout) as { spec: { auth: unknown } };
    assert.deepEqual(shown.spec.auth, { key: { secret: 'shop_token' } });
    assert.match((await tool('remove', 'shop')).stdout, /^Removed shop\./);
    assert.match((await tool('list')).stdout, /^No tools are registered\./);
  });

  it('attaches a tool to an agent, which then calls it, and detaches it', async () => {
    writeFileSync(
      join(folder, 'helper.yaml'),
      'name: helper\ninstructions: Use your tools.\nmodel: local/tools\n',
    );
    assert.match((await af(folder, ['agent', 'put', 'helper.yaml'])).stdout, /^helper is at revision 1\./);
    /** The tools that are called for a question, and the answer. */
    const asked = async (): Promise<readonly [tools: readonly string[], answer: string]> => {
      const args = ['run', 'helper', 'What is 6 * 7?', '--json', '--journal'];
      const { output, events } = JSON.parse((await af(folder, args)).stdout) as {
        readonly output: string;
        readonly events: readonly RunEvent[];
      };
      return [events.flatMap((event) => (event.type === 'tool.started' ? [event.data.tool] : [])), output];
    };
    const attached = await tool('attach', 'helper', 'calculate', 'current_time');
    assert.match(attached.stdout, /^Done\. helper, revision 2, has calculate, current_time\./);
    const [called, answer] = await asked();
    assert.deepEqual(called, ['calculate']);
    assert.match(answer, /\b42\b/);
    const detached = await tool('detach', 'helper', 'calculate');
    assert.match(detached.stdout, /^Done\. helper, revision 3, has current_time\./);
    assert.deepEqual((await asked())[0], []);
    const unknown = await tool('attach', 'helper', 'calculat');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /"calculat"[^]*AF_DEFINITION_INVALID/);
  });

  it('tries a tool, and says what is wrong', async () => {
    const { stdout } = await tool('test', 'calculate', '{"expression": "6 * 7"}');
    assert.match(stdout, /42/);
    const wrong = await tool('test', 'calculate', '{"expression"}');
    assert.match(wrong.stderr, /the input cannot be used: [^]*AF_CLI_INPUT_INVALID/);
    const fixed = await tool('attach', 'librarian', 'calculate');
    assert.match(fixed.stderr, /librarian[^]*AF_DEFINITION_FIXED/);
    const nothing = await tool('register', 'shop');
    assert.match(nothing.stderr, /Give one of --openapi[^]*AF_CLI_INPUT_INVALID/);
  });
});
