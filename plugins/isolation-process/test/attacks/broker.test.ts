import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Isolation } from '@agent-factory/sdk';
import { HttpRoute, PluginData, TenantStorage, type HttpRequest } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { besiege, goodSecret, type Besieged, type SiegeOptions } from './hostile.ts';
import { mirror } from './mirror.ts';
import { atEveryLevel, atTheWeakest, type Siege } from './sieges.ts';

const open: Besieged[] = [];

async function siege({ level, mode }: Siege, options: SiegeOptions = {}): Promise<Besieged> {
  const besieged = await besiege(level, mode, options);
  open.push(besieged);
  return besieged;
}

describe('what a hostile plugin gets through the platform', () => {
  let server: Server;
  let port = 0;
  const hits: { url: string; authorization: string | undefined }[] = [];
  const waiting: (() => void)[] = [];
  before(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? '';
      hits.push({ url, authorization: request.headers.authorization });
      const { searchParams } = new URL(url, 'http://x');
      const to = searchParams.get('to');
      if (url.startsWith('/hold')) return void waiting.push(() => response.end('late'));
      if (to === null) response.end('ok');
      else response.writeHead(302, { location: to }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(async () => {
    for (const { kernel } of open.splice(0)) await kernel.close();
  });

  atEveryLevel((at) => {
    it('no private address, however it is written, and none by a redirect', async () => {
      const forms = [
        '127.0.0.1',
        '2130706433',
        '0x7f000001',
        '0177.0.0.1',
        '127.1',
        'localhost',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '[64:ff9b::7f00:1]',
        '[2002:7f00:1::]',
        '10.0.0.1',
        '169.254.169.254',
        '[fd00::1]',
      ];
      const direct = forms.map((host) => `http://${host}/canary`);
      const redirects = forms.map(
        (host) => `http://127.0.0.1:${port}/?to=${encodeURIComponent(`http://${host}/canary`)}`,
      );
      const schemes = ['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:text/plain,x', 'ws://127.0.0.1/'];
      const allowed = `http://127.0.0.1:${port}/fine`;
      const besieged = await siege(at, {
        granted: ['net', `net:127.0.0.1:${port}`],
        config: { allowHosts: [`127.0.0.1:${port}`] },
      });
      hits.length = 0;
      const urls = [...direct, ...redirects, ...schemes, allowed];
      const { tried, worked, refused, raw } = await besieged.attack('addresses', { urls });
      assert.equal(raw, at.raw);
      assert.equal(tried, urls.length);
      assert.deepEqual(worked, [allowed], 'what it was granted works, so the attempts were made');
      const expected = /^AF_(OUTBOUND_ADDRESS_REFUSED|OUTBOUND_URL_REFUSED|ISOLATION_NOT_GRANTED)$/;
      for (const url of urls) if (url !== allowed) assert.match(refused?.[url] ?? '', expected, url);
      for (const url of [...direct, ...redirects])
        assert.equal(refused?.[url], 'AF_OUTBOUND_ADDRESS_REFUSED', 'it is the address that is refused');
      assert.deepEqual(
        hits.filter(({ url }) => url.includes('canary') && !url.includes('to=')),
        [],
      );
    });

    it('no host, port or method that was not granted', async () => {
      const besieged = await siege(at, {
        granted: ['net:127.0.0.1'],
        config: { allowHosts: ['127.0.0.1', 'localhost'] },
      });
      hits.length = 0;
      const urls = [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`];
      const { worked, refused } = await besieged.attack('addresses', { urls });
      assert.deepEqual(worked, []);
      assert.deepEqual(Object.values(refused ?? {}), [
        'AF_ISOLATION_NOT_GRANTED',
        'AF_ISOLATION_NOT_GRANTED',
      ]);
      assert.equal(hits.length, 0);
      assert.equal((await besieged.state()).refused.length, 2);
    });

    it('no secret of another plugin, even by its handle', async () => {
      const besieged = await siege(at, {
        good: true,
        granted: [`net:127.0.0.1:${port}`],
        config: { allowHosts: [`127.0.0.1:${port}`] },
      });
      const { handle } = await besieged.good({});
      assert.match(handle ?? '', /^af-secret-[0-9a-f]{32}$/);
      hits.length = 0;
      const url = `http://127.0.0.1:${port}/secret`;
      assert.deepEqual((await besieged.attack('secret', { url, handle })).worked, ['guess']);
      assert.deepEqual(hits, [{ url: '/secret', authorization: handle }]);
      assert.notEqual(hits[0]?.authorization, goodSecret);
    });

    it('no deeper calls than there may be, when it has itself called again and again', async () => {
      const { plugin, calls } = mirror(() => besieged);
      const besieged: Besieged = await siege(at, { granted: ['tools:mirror'], beside: [plugin] });
      await assert.rejects(besieged.attack('bounce', { depth: 0 }), { code: 'AF_ISOLATION_DEPTH' });
      assert.equal(calls.count, 8);
      assert.equal((await besieged.attack('stack')).tried, 1, 'it can be called as before');
    });

    it('no tenant but the one whose call it answers', async () => {
      const { plugin, calls } = mirror(() => besieged);
      const besieged: Besieged = await siege(at, { granted: ['tools'], beside: [plugin] });
      const { tried, worked, found, refused } = await besieged.attack('tenants', {}, { tenant: 'own' });
      assert.deepEqual([tried, worked, found], [5, ['0'], '{"tenant":"own"}']);
      assert.deepEqual(new Set(Object.values(refused ?? {})), new Set(['AF_ISOLATION_REQUEST_INVALID']));
      assert.equal(calls.count, 1);
    });

    it('no data but its own, of the tenant whose call it answers, and as much as its quota allows', async () => {
      const beside = ['storage-sqlite', 'data-sql'].map((id) => join(import.meta.dirname, '../../..', id));
      const besieged = await siege(at, { granted: ['data'], beside });
      const tenants = besieged.kernel.use(TenantStorage);
      for (const id of ['own', 'other']) await tenants.create(id);
      const data = besieged.kernel.use(PluginData);
      await data.put({ plugin: 'good', tenant: 'own' }, 'theirs', 'canary');
      await data.put({ plugin: 'hostile', tenant: 'other' }, 'theirs', 'canary');
      const { tried, worked, found, refused } = await besieged.attack('data', {}, { tenant: 'own' });
      assert.deepEqual([tried, worked, found], [7, ['own'], '[{"kept":1},["b"],2]']);
      const { large, ...others } = refused ?? {};
      assert.equal(large, 'AF_DATA_INVALID');
      assert.deepEqual(new Set(Object.values(others)), new Set(['AF_ISOLATION_REQUEST_INVALID']));
      assert.equal((await data.get({ plugin: 'good', tenant: 'own' }, 'theirs'))?.value, 'canary');
      assert.equal(await besieged.kernel.use(Isolation).revoke('hostile', 'data'), true);
      const gone = await besieged.attack('data', {}, { tenant: 'own' });
      assert.deepEqual(gone.worked, []);
      assert.equal(gone.refused?.['own'], 'AF_ISOLATION_NOT_GRANTED');
    });

    it('no cookie, no authorization and no header of the platform by a route of its own', async () => {
      const besieged = await siege(at, { granted: ['routes'], setup: 'route' });
      const route = besieged.kernel.all(HttpRoute).find(({ plugin }) => plugin === 'hostile')?.value;
      assert.equal(route?.path, '/api/v1/plugins/hostile/answer');
      const reply = await route?.handler({
        params: {},
        query: {},
        body: {},
        headers: { cookie: 'session=1', authorization: 'Bearer 1', 'x-api-key': '1', accept: '*/*' },
        principal: { id: 'user-1', kind: 'user', tenant: 'default', roles: ['admin'] },
        requestId: 'request-1',
        signal: new AbortController().signal,
      } as unknown as HttpRequest); // more than a request holds is what is tried
      const { headers, body } = reply as {
        headers: object;
        body: { seen: { headers: object; principal: object }; raw: boolean };
      };
      assert.equal(body.raw, at.raw);
      assert.deepEqual(body.seen.headers, { accept: '*/*' });
      assert.deepEqual(body.seen.principal, { id: 'user-1', tenant: 'default' });
      assert.deepEqual(headers, { 'x-kept': 'yes' });
    });
  });

  atTheWeakest((at) => {
    it('nothing more of a host from the moment its permission is taken away, in the middle of a call', async () => {
      const permission = `net:127.0.0.1:${port}`;
      const besieged = await siege(at, {
        granted: [permission],
        config: { allowHosts: [`127.0.0.1:${port}`] },
      });
      const urls = [`http://127.0.0.1:${port}/hold`];
      const call = besieged.attack('addresses', { urls });
      await waitFor('the request', () => waiting.length > 0);
      assert.equal(await besieged.kernel.use(Isolation).revoke('hostile', permission), true);
      const { worked, refused } = await call;
      assert.deepEqual(worked, []);
      assert.deepEqual(refused, { [urls[0] ?? '']: 'AF_ISOLATION_NOT_GRANTED' });
      assert.deepEqual((await besieged.attack('addresses', { urls })).refused, refused);
      for (const end of waiting.splice(0)) end();
    });

    for (const [setup, code, told] of [
      ['undeclared', 'AF_ACTIVATE_UNDECLARED', /guardrail/],
      ['shapeless', 'AF_ACTIVATE_FAILED', /gives to "tool" what does not fit it/],
      ['stray', 'AF_ACTIVATE_FAILED', /its path does not begin with \/api\/v1\/plugins\/hostile\//],
      ['climbing', 'AF_ACTIVATE_FAILED', /its path does not begin with/],
      ['throw', 'AF_ACTIVATE_FAILED', /hostile@1\.0\.0/],
    ] as const)
      it(`no place by what it registers: ${setup}`, async () => {
        const granted = ['routes'];
        await assert.rejects(siege(at, { setup, granted }), (error: Error & { code?: string }) => {
          assert.equal(error.code, code, error.message);
          assert.match(error.message, told);
          return true;
        });
      });

    it('no start without end', async () => {
      const config = { callMs: 2000, busyMs: 500 };
      await assert.rejects(siege(at, { setup: 'hang', config }), /did not answer its setup within 2000 ms/);
      await assert.rejects(siege(at, { setup: 'loop', config: { busyMs: 500 } }), /it computed for 500 ms/);
    });

    it('no weaker level where the one it needs is not to be had, and it is said what would be missing', async () => {
      const config = { bwrap: '/nonexistent/bwrap', uid: 65_533 };
      await assert.rejects(siege({ ...at, level: 'L3' }, { config }), (error: Error & { fix?: string }) => {
        assert.match(
          error.message,
          /needs isolation level L3.*the program \/nonexistent\/bwrap \(bubblewrap\) is not there/,
        );
        assert.match(
          error.fix ?? '',
          /write "isolation: L[12]" into its entry.*--isolation L[12]; then this is not enforced: code that breaks out/,
        );
        return true;
      });
    });
  });
});
