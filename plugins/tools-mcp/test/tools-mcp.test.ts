import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { JsonObject, PluginContext, PluginEntry } from '@agent-factory/sdk';
import { ArtifactStore, ToolKind } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, toolSuite, waitFor, type TestKernel } from '@agent-factory/sdk/testing';
import { startHttpExample, type HttpExample } from './support/http-server.ts';
import { mcpKind, openMcp, type OpenMcp } from './support/open-mcp.ts';

const plugins = dirname(dirname(import.meta.dirname));
const program = join(import.meta.dirname, 'fixtures/stdio-server.ts');

describe('tools-mcp', function () {
  this.timeout(20_000);
  let kernel: TestKernel;
  let validator: PluginContext['validator'];
  let http: HttpExample;
  before(async () => {
    const probe = testPlugin('probe', [], (ctx) => void (validator = (schema) => ctx.validator(schema)));
    const artifacts: PluginEntry = { use: join(plugins, 'artifacts-fs') };
    kernel = await bootTestKernel({
      plugins: [join(plugins, 'storage-sqlite'), artifacts, join(plugins, 'tools-mcp'), probe],
    });
    http = await startHttpExample();
  });
  after(async () => {
    await http?.close();
    await kernel?.close();
  });

  it('contributes the kind mcp, whose example fits its schema', () => {
    const [kind] = kernel.all(ToolKind);
    assert.equal(kind?.value.kind, 'mcp');
    assert.deepEqual(validator(kind.value.spec)(kind.value.example), []);
  });

  for (const [name, specOf] of [
    ['stdio', () => ({ command: process.execPath, args: [program] })],
    ['streamable HTTP', () => ({ url: http.url })],
  ] as const) {
    describe(`over ${name}`, () => {
      let open: OpenMcp;
      before(async () => {
        open = await openMcp(mcpKind({}, [http.host], kernel.use(ArtifactStore)), specOf());
      });
      after(() => open.close());

      it('lists every page of tools, with effects from their hints', async () => {
        const tools = await open.tools();
        assert.deepEqual(
          tools.map((tool) => [tool.name, tool.effect]),
          [
            ['x_echo', 'read'],
            ['x_env', 'write'],
            ['x_slow_one', 'idempotent-write'],
            ...['picture', 'weather', 'fail', 'grow', 'crash'].map((tool) => [`x_${tool}`, 'write']),
          ],
        );
        assert.equal(Object(tools[0]?.input['properties']).text.pattern, undefined);
      });

      it('gives text, structured content, and pictures as artifacts', async () => {
        assert.equal(await open.call('echo', { text: 'ü' }), 'ü');
        assert.deepEqual(await open.call('weather'), { degrees: 21 });
        const { content } = Object(await open.call('picture'));
        const id = content[1].artifact.id;
        assert.deepEqual(
          await kernel
            .use(ArtifactStore)
            .tenant('default')
            .head(id)
            .then((kept) => [kept?.mediaType, kept?.bytes]),
          ['image/png', 4],
        );
        assert.deepEqual(content.slice(2), [
          { type: 'resource', uri: 'note://1', mediaType: 'text/plain', text: 'a note' },
          { type: 'resource_link', uri: 'file:///a', name: 'a' },
        ]);
      });

      it('tells what a tool says of its failure', async () => {
        await assert.rejects(open.call('fail'), {
          code: 'AF_TOOLS_MCP_TOOL_FAILED',
          message: /the disk is full/,
        });
      });

      it('hears that tools changed, and keeps what did not', async () => {
        const echo = await open.tool('echo');
        const news = Promise.withResolvers<void>();
        const stop = open.onChange(() => news.resolve());
        await open.call('grow');
        await news.promise;
        await stop();
        assert.ok((await open.tools()).some((tool) => tool.name === 'x_new8'));
        assert.equal(await open.tool('echo'), echo);
      });

      it('takes only those that were asked for, with the effects that were said', async () => {
        const some = await openMcp(mcpKind({}, [http.host]), {
          ...specOf(),
          include: ['echo', 'env'],
          exclude: ['env'],
          effects: { echo: 'pure' },
        });
        const tools = await some.tools();
        assert.deepEqual(
          tools.map((tool) => [tool.name, tool.effect]),
          [['x_echo', 'pure']],
        );
        await some.close();
      });

      it('gives up a call that takes too long, and one whose run ended', async () => {
        const hasty = await openMcp(mcpKind({ timeoutMs: 150 }, [http.host]), specOf());
        await assert.rejects(hasty.call('slow_one'), { code: 'AF_TOOLS_MCP_TIMEOUT' });
        const stop = new AbortController();
        const stopped = assert.rejects(open.call('slow_one', {}, { signal: stop.signal }), /enough/);
        stop.abort(new Error('enough'));
        await stopped;
        await hasty.close();
      });
    });
  }

  describe('a server over HTTP', () => {
    const openTools = async () => {
      const { tools, close } = await openMcp(mcpKind({}, [http.host], kernel.use(ArtifactStore)), {
        url: http.url,
      });
      const wanted = new Set(['x_echo', 'x_weather', 'x_picture']);
      return { tools: (await tools()).filter((tool) => wanted.has(tool.name)), close };
    };
    const examples = { x_echo: [{ text: 'hello' }], x_weather: [{}], x_picture: [{}] };
    for (const { name: says, run } of toolSuite(openTools, {
      examples,
      compile: (schema) => validator(schema),
    }))
      it(says, run);

    it('gets the secrets that are meant for it, and none that is not', async () => {
      http.seen.length = 0;
      const spec = {
        url: http.url,
        bearer: 'token',
        secretHeaders: { 'X-Key': 'token' },
        headers: { 'X-Plain': 'p' },
      };
      const open = await openMcp(mcpKind({}, [http.host]), spec);
      await open.call('echo', { text: 'x' });
      await open.close();
      for (const { headers } of http.seen)
        assert.deepEqual(
          [headers.authorization, headers['x-key'], headers['x-plain']],
          ['Bearer s3cret', 's3cret', 'p'],
        );
      const unmeant = await openMcp(mcpKind({ allowHosts: [http.host] }), spec);
      await assert.rejects(unmeant.tools(), { code: 'AF_SECRET_HOST' });
    });

    it('is told when a session is over, and leaves no socket', async () => {
      const open = await openMcp(mcpKind({}, [http.host]), { url: http.url });
      await open.call('echo', { text: 'x' });
      const sessions = http.sessions.size;
      await open.close();
      assert.equal(http.sessions.size, sessions - 1);
    });

    it('that forgot the session gets another one, and the call is made once', async () => {
      const open = await openMcp(mcpKind({}, [http.host]), { url: http.url });
      await open.tools();
      http.sessions.clear();
      const { calls } = http.log;
      assert.equal(await open.call('echo', { text: 'x' }), 'x');
      assert.equal(http.log.calls, calls + 1);
      await open.close();
    });

    it('hears that a call was cancelled', async () => {
      const open = await openMcp(mcpKind({}, [http.host]), { url: http.url });
      const stop = new AbortController();
      const { slow } = http.log;
      const { length: before } = http.log.cancelled;
      const stopped = assert.rejects(open.call('slow_one', {}, { signal: stop.signal }), /enough/);
      await waitFor('the call', () => http.log.slow > slow);
      stop.abort(new Error('enough'));
      await stopped;
      await waitFor('the cancellation', () => http.log.cancelled.length > before);
      await open.close();
    });

    it('that refuses, is away, or leads inside the network is told so', async () => {
      const codes = async (status: number): Promise<unknown> => {
        http.status = status;
        const open = await openMcp(mcpKind({}, [http.host]), { url: http.url });
        return open.tools().catch((error: unknown) => Object(error).code);
      };
      assert.equal(await codes(401), 'AF_TOOLS_MCP_REFUSED');
      assert.equal(await codes(503), 'AF_TOOLS_MCP_UNAVAILABLE');
      http.status = undefined;
      for (const url of [`http://localhost:${http.host.split(':')[1]}/mcp`, 'http://169.254.169.254/mcp']) {
        const inside = await openMcp(mcpKind({}, [http.host]), { url });
        await assert.rejects(inside.tools(), { code: /^AF_OUTBOUND_(URL|ADDRESS)_REFUSED$/ });
      }
    });
  });

  it('refuses a registration that is neither, both, or starts a program over the API', async () => {
    const kind = mcpKind();
    const { signal } = new AbortController();
    const paths = async (spec: JsonObject, trusted = false) =>
      ((await kind.prepare(spec, { name: 'x', trusted, signal })).problems ?? []).map(({ path }) => path);
    assert.deepEqual(await paths({}), ['/url']);
    assert.deepEqual(await paths({ url: 'https://a.example', command: 'x' }, true), ['/command']);
    assert.deepEqual(await paths({ command: 'x' }), ['/command']);
    assert.deepEqual(await paths({ command: 'x' }, true), []);
    assert.deepEqual(await paths({ url: 'https://a.example', args: [], env: {} }), ['/args', '/env']);
  });
});
