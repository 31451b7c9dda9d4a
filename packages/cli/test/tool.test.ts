import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
