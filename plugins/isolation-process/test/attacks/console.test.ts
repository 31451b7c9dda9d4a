import assert from 'node:assert/strict';
import { Isolation, type PluginEntry } from '@agent-factory/sdk';
import { ConsolePage, HttpServer } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { besiege, type Besieged, type SiegeOptions } from './hostile.ts';
import { atTheWeakest, type Siege } from './sieges.ts';

const granted = ['console', 'console.frame'];
const beside: readonly PluginEntry[] = [
  { use: '@agent-factory/plugin-http-console' },
  { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
];

describe('what a hostile plugin shows to people', () => {
  let besieged: Besieged;
  afterEach(() => besieged?.kernel.close());

  /** A platform with its pages, and a way to ask for them. */
  async function show({ level, mode }: Siege, options: SiegeOptions = {}) {
    besieged = await besiege(level, mode, { granted, beside, setup: 'pages', ...options });
    const url = besieged.kernel.use(HttpServer).url() ?? '';
    return async (path: string, body?: object) => {
      const answer = await fetch(`${url}/console${path}`, {
        ...(body && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const text = await answer.text();
      const { code = '' } = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string }; // as problems are
      return { status: answer.status, text, code };
    };
  }

  atTheWeakest((at) => {
    it('is text, whatever stands in it', async () => {
      const ask = await show(at);
      for (const path of ['', '/hostile/markup']) {
        const { status, text } = await ask(path);
        assert.equal(status, 200);
        assert.ok(text.includes('&#60;script&#62;document.title=&#34;stolen&#34;'), 'it is there');
        assert.doesNotMatch(text, /<script>document|<img/);
      }
      const page = besieged.kernel.all(ConsolePage).find(({ value }) => value.id === 'markup')?.value;
      assert.deepEqual(Object.keys(page ?? {}), ['id', 'title', 'summary', 'blocks'], 'and no more');
    });

    it('is nothing where it does not fit, and the next page is shown as before', async () => {
      const ask = await show(at);
      for (const [id, code] of [
        ['link', /^AF_CONSOLE_ANSWER_INVALID$/],
        ['code', /^AF_CONSOLE_ANSWER_INVALID$/],
        ['stream', /^AF_CONSOLE_ANSWER_INVALID$/],
        ['long', /^AF_CONSOLE_ANSWER_INVALID$/],
        ['thrown', /^AF_HTTP_INTERNAL$/],
        ['frame/frame', /^AF_CONSOLE_ANSWER_INVALID$/],
      ] as const) {
        const { status, text, code: told } = await ask(`/hostile/${id}`);
        assert.ok(status >= 400, `${id}: ${status}`);
        assert.match(told, code, `${id}: ${text}`);
        assert.doesNotMatch(text, /<script|<img/);
        assert.equal((await ask('/hostile/markup')).status, 200, `after ${id}`);
      }
    });

    for (const id of ['deep', 'large', 'proto'])
      it(`is refused by the bridge where it is too much for that: ${id}`, async () => {
        const ask = await show(at);
        const { status, text, code } = await ask(`/hostile/${id}`);
        assert.ok(status >= 400, `${status}`);
        assert.match(code, /^AF_(ISOLATION_|HTTP_INTERNAL$)/, text);
        assert.equal(({} as { polluted?: string }).polluted, undefined);
        assert.equal((await ask('')).status, 200, 'the console is there as before');
      });

    it('does not keep anybody waiting', async () => {
      const ask = await show(at, { config: { callMs: 3000 } });
      const { status, code } = await ask('/hostile/late');
      assert.deepEqual([status, code], [504, 'AF_ISOLATION_DEADLINE']);
    });

    for (const [permission, path, body] of [
      ['console.frame', '/hostile/frame/frame', { message: 'hold' }],
      ['console', '/hostile/late', undefined],
    ] as const)
      it(`ends in the middle of a call when its permission is taken away: ${permission}`, async () => {
        const ask = await show(at);
        const waiting = ask(path, body);
        await waitFor('the call', async () => (await besieged.state()).used.includes(permission));
        assert.equal(await besieged.kernel.use(Isolation).revoke('hostile', permission), true);
        const { status, code } = await waiting;
        assert.deepEqual([status, code], [403, 'AF_ISOLATION_NOT_GRANTED']);
        assert.equal((await ask(path, body)).code, 'AF_ISOLATION_NOT_GRANTED');
      });

    it('cannot say by a frame whose tenant it is for', async () => {
      const ask = await show(at);
      const message = {
        tenant: 'other',
        caller: 'admin',
        signal: {},
        log: {},
        principal: { tenant: 'other' },
      };
      const { text } = await ask('/hostile/frame/frame', { message });
      const { answer } = JSON.parse(text) as { answer: { given: object; raw: boolean } }; // as the fixture answers
      assert.equal(answer.raw, at.raw);
      assert.deepEqual(answer.given, { tenant: 'default', caller: 'local', message });
    });

    it('is not shown without the permission, nor a frame without its own', async () => {
      const ask = await show(at, { granted: ['console'] });
      assert.match((await ask('/hostile/frame')).text, /was not granted console\.frame/);
      assert.equal((await ask('/hostile/frame/frame')).code, 'AF_CONSOLE_NO_FRAME');
      assert.deepEqual((await besieged.state()).refused, ['show a frame in the page frame']);
      await besieged.kernel.close();
      const none = await show(at, { granted: [] });
      assert.match((await none('')).text, /No plugin shows a page/);
    });

    for (const [setup, reason] of [
      ['pageless', /neither a function blocks nor a frame/],
      ['misnamed', /\/id must be text that matches/],
    ] as const)
      it(`is no page by what it registers: ${setup}`, async () => {
        await assert.rejects(besiege(at.level, at.mode, { granted, setup }), reason);
      });
  });
});
