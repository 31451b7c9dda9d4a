import assert from 'node:assert/strict';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  TenantStorage,
  ToolRegistry,
  type TenantDefinitions,
} from '@agent-factory/sdk/contracts';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { tool } from './support/run-workflow.ts';

const never = new AbortController().signal;
const agent = (name: string, tools: readonly string[]): JsonObject => ({
  name,
  instructions: 'Help.',
  model: 'test/any',
  tools: [...tools],
});

describe('the secrets that a tool needs', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await bootRuntime({
      models: [functionModel('test', () => 'Hello.')],
      tools: [{ ...tool('mail', () => null), secrets: ['mail_key', 'mail_user'] }],
      agents: [agent('given', ['mail'])],
      plugins: [
        '@agent-factory/plugin-tools-registry',
        '@agent-factory/plugin-tools-openapi',
        {
          use: '@agent-factory/plugin-secrets-config',
          config: {
            secrets: {
              mail_key: { value: '${secret:env:MAIL_KEY}', hosts: ['mail.example.org'] },
              shop_token: { value: '${secret:env:MAIL_KEY}', hosts: ['shop.example.org'], tenants: ['shop'] },
            },
          },
        },
      ],
      env: { MAIL_KEY: 'the-very-key' },
    });
    for (const tenant of [defaultTenant, 'shop']) {
      if (tenant !== defaultTenant) await kernel.use(TenantStorage).create(tenant);
      await kernel
        .use(ToolRegistry)
        .tenant(tenant)
        .register({
          name: 'orders',
          kind: 'http',
          spec: {
            description: 'Finds orders.',
            url: 'https://shop.example.org/orders/{id}',
            input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
            auth: { type: 'bearer', secret: 'shop_token' },
          },
          by: 'test',
          signal: never,
        });
    }
  });
  after(() => kernel?.close());

  const definitions = (tenant: string): TenantDefinitions =>
    kernel.use(AgentRuntime).tenant(tenant).definitions;
  const problemsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
    try {
      await work;
    } catch (error) {
      assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'), String(error));
      assert.doesNotMatch(JSON.stringify(error), /the-very-key/);
      const problems = error.details['problems'] as readonly { path: string; message: string }[];
      return problems.map(({ path, message }) => `${path} ${message}`);
    }
    return [];
  };

  it('are told with it by name', () => {
    const [told] = kernel.use(AgentRuntime).tools();
    assert.deepEqual(told?.secrets, ['mail_key', 'mail_user']);
  });

  it('have to be there when an agent or a workflow names the tool', async () => {
    assert.deepEqual(await problemsOf(definitions(defaultTenant).put('agent', agent('mailer', ['mail']))), [
      '/tools/0 the tool "mail" needs the secret "mail_user", which this tenant has not',
    ]);
    const nodes = [{ id: 'find', type: 'tool', tool: 'orders', input: { id: '"1"' } }];
    const flow = { name: 'flow', version: '1.0.0', start: 'find', nodes, edges: [] };
    assert.deepEqual(await problemsOf(definitions(defaultTenant).put('workflow', flow)), [
      '/nodes/0/tool the tool "orders" needs the secret "shop_token", which this tenant has not',
    ]);
  });

  it('are those of the tenant, also for tools that were registered', async () => {
    const finder = agent('finder', ['orders']);
    assert.deepEqual(await problemsOf(definitions('shop').put('agent', finder)), []);
    assert.deepEqual(await problemsOf(definitions(defaultTenant).put('agent', finder)), [
      '/tools/0 the tool "orders" needs the secret "shop_token", which this tenant has not',
    ]);
  });
});
