import assert from 'node:assert/strict';
import { McpError, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  Accounts,
  ArtifactStore,
  defaultTenant,
  McpPrompt,
  McpResource,
  Permission,
} from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';
import { openDoor, type Door } from './support/open-door.ts';

const watching = new Map<string, () => void>();

const offering = testPlugin('offering', [McpResource, McpPrompt, Permission], (ctx) => {
  ctx.contribute(Permission, { name: 'notes:read', description: 'Read notes.', roles: ['tenant-admin'] });
  ctx.contribute(McpResource, {
    name: 'notes',
    uri: 'notes://{id}',
    title: 'Notes',
    mimeType: 'text/plain',
    list: async () => [{ uri: 'notes://one', name: 'one' }],
    read: async (uri, { id }, { principal }) =>
      id === 'none' ? undefined : [{ uri, text: `${principal.tenant}: ${id}` }],
    complete: async (_variable, begun) => ['one', 'two'].filter((id) => id.startsWith(begun)),
    watch(uri, _caller, changed) {
      watching.set(uri, changed);
      return { [Symbol.dispose]: () => void watching.delete(uri) };
    },
  });
  for (const [name, permission] of [['guarded', 'notes:read'], ['hidden']] as const)
    ctx.contribute(McpResource, {
      name,
      uri: `${name}://it`,
      ...(permission && { permission }),
      read: async (uri) => [{ uri, text: name }],
    });
  ctx.contribute(McpPrompt, {
    name: 'greet',
    description: 'Greets.',
    arguments: [{ name: 'who', required: true }, { name: 'how' }],
    get: async (given) => [{ role: 'user', content: { type: 'text', text: JSON.stringify(given) } }],
    complete: async () => Array.from({ length: 120 }, (_, index) => `n${index}`),
  });
  for (const [name, permission] of [['secret', 'notes:read'], ['other']] as const)
    ctx.contribute(McpPrompt, {
      name,
      description: 'Not for all.',
      ...(permission && { permission }),
      get: async () => [],
    });
});

describe('resources and prompts for clients of the Model Context Protocol', function () {
  this.timeout(60_000);
  let door: Door;

  before(async () => {
    door = await openDoor({
      offering,
      config: { resources: ['notes', 'guarded'], prompts: ['greet', 'secret'], artifacts: true },
      plugins: ['@agent-factory/plugin-data-sql', '@agent-factory/plugin-artifacts-fs'],
    });
  });
  after(() => door?.close());

  const refused =
    (code: string, rpc = -32_602) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof McpError);
      assert.deepEqual([error.code, error.data], [rpc, { code }]);
      return true;
    };
  const unknown = refused('AF_MCP_RESOURCE_UNKNOWN', -32_002);

  it('lists and reads those that the operator chose and the caller may see', async () => {
    const { client } = await door.connect(await door.keyOf(['service']));
    const { resources } = await client.listResources();
    assert.deepEqual(resources, [{ uri: 'notes://one', name: 'one' }]);
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ['notes://{id}', 'artifact://{id}'],
    );
    const { contents } = await client.readResource({ uri: 'notes://a%20b' });
    assert.deepEqual(contents, [{ uri: 'notes://a%20b', text: `${defaultTenant}: a b` }]);
    for (const uri of ['notes://none', 'guarded://it', 'hidden://it', 'file:///etc/passwd', 'x'.repeat(5000)])
      await assert.rejects(client.readResource({ uri }), unknown);
    const admin = await door.connect(await door.keyOf(['tenant-admin']));
    const guarded = await admin.client.readResource({ uri: 'guarded://it' });
    assert.deepEqual(guarded.contents, [{ uri: 'guarded://it', text: 'guarded' }]);
  });

  it('has the artifacts of the own tenant, for who may read them', async () => {
    const artifacts = door.kernel.use(ArtifactStore).tenant(defaultTenant);
    const text = await artifacts.put(Buffer.from('Hello.'), { mediaType: 'text/plain', name: 'hello.txt' });
    const bytes = await artifacts.put(Buffer.from([1, 2]), { mediaType: 'image/png' });
    const large = await artifacts.put(Buffer.alloc(4_194_305), { mediaType: 'image/png' });
    const { client } = await door.connect(await door.keyOf(['service']));
    const listed = (await client.listResources()).resources.map(({ name }) => name);
    assert.deepEqual(new Set(listed), new Set(['one', 'hello.txt', bytes.id, large.id]));
    const uri = `artifact://${text.id}`;
    assert.deepEqual((await client.readResource({ uri })).contents, [
      { uri, mimeType: 'text/plain', text: 'Hello.' },
    ]);
    const picture = await client.readResource({ uri: `artifact://${bytes.id}` });
    assert.deepEqual(picture.contents, [
      { uri: `artifact://${bytes.id}`, mimeType: 'image/png', blob: 'AQI=' },
    ]);
    await assert.rejects(
      client.readResource({ uri: `artifact://${large.id}` }),
      refused('AF_MCP_RESOURCE_TOO_LARGE'),
    );
    const stranger = await door.connect(await door.keyOf(['service'], 'globex'));
    assert.deepEqual((await stranger.client.listResources()).resources.length, 1);
    await assert.rejects(stranger.client.readResource({ uri }), unknown);
    await door.kernel
      .use(Accounts)
      .putRole(defaultTenant, { name: 'caller', description: '', permissions: ['runs:write'] });
    const caller = await door.connect(await door.keyOf(['caller']));
    await assert.rejects(caller.client.readResource({ uri }), unknown);
  });

  it('tells of changes to what a session subscribed to', async () => {
    const { client } = await door.connect(await door.keyOf(['service']));
    const uri = 'notes://one';
    let heard = Promise.withResolvers<string>();
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) =>
      heard.resolve(params.uri),
    );
    await assert.rejects(client.subscribeResource({ uri: 'guarded://it' }), unknown);
    await client.subscribeResource({ uri });
    const until = async (is: boolean): Promise<void> => {
      while (watching.has(uri) !== is) await new Promise((resolve) => setImmediate(resolve));
    };
    await until(true);
    watching.get(uri)?.();
    assert.equal(await heard.promise, uri);
    heard = Promise.withResolvers();
    watching.get(uri)?.();
    assert.equal(await heard.promise, uri);
    await client.unsubscribeResource({ uri });
    await until(false);
    await client.subscribeResource({ uri });
    await until(true);
    await client.close();
    await until(false);
  });

  it('fills in prompts, and names what is missing', async () => {
    const { client } = await door.connect(await door.keyOf(['service']));
    const { prompts } = await client.listPrompts();
    assert.deepEqual(prompts, [
      {
        name: 'greet',
        description: 'Greets.',
        arguments: [{ name: 'who', required: true }, { name: 'how' }],
      },
    ]);
    const { messages } = await client.getPrompt({ name: 'greet', arguments: { who: 'Ann', else: 'x' } });
    assert.deepEqual(messages, [{ role: 'user', content: { type: 'text', text: '{"who":"Ann"}' } }]);
    await assert.rejects(client.getPrompt({ name: 'greet' }), refused('AF_MCP_ARGUMENT_MISSING'));
    for (const name of ['secret', 'other', 'none'])
      await assert.rejects(client.getPrompt({ name }), refused('AF_MCP_PROMPT_UNKNOWN'));
  });

  it('completes arguments and variables', async () => {
    const { client } = await door.connect(await door.keyOf(['service']));
    const argument = { name: 'who', value: 'n' };
    const named = await client.complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument });
    assert.deepEqual(
      [named.completion.values.length, named.completion.total, named.completion.hasMore],
      [100, 120, true],
    );
    const variable = { name: 'id', value: 't' };
    const found = await client.complete({
      ref: { type: 'ref/resource', uri: 'notes://{id}' },
      argument: variable,
    });
    assert.deepEqual(found.completion.values, ['two']);
    await assert.rejects(
      client.complete({ ref: { type: 'ref/prompt', name: 'secret' }, argument }),
      McpError,
    );
  });

  it('are not spoken of where there are none', async () => {
    const plain = await openDoor({ offering, config: {} });
    try {
      const { client, transport } = await plain.connect(await plain.keyOf(['service']));
      assert.equal(transport.sessionId, undefined);
      assert.deepEqual(client.getServerCapabilities(), { tools: {} });
      await assert.rejects(client.listResources(), /Method not found/);
    } finally {
      await plain.close();
    }
  });
});
