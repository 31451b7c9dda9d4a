import assert from 'node:assert/strict';
import type { FetchUrlOptions } from '../src/fetch-url.ts';
import { answer, redirect, serveSite } from './fetch-site.ts';

describe('fetch_url and private addresses', () => {
  const site = serveSite();

  describe('refuses', () => {
    const addresses = [
      'http://127.0.0.1/',
      'http://localhost/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[64:ff9b::7f00:1]/',
      'http://[2002:7f00:1::]/',
      'http://[fd00::1]/',
      'http://2130706433/',
      'http://0x7f.0.0.1/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://0/',
      'http://169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
    ];
    for (const url of addresses) {
      it(`${url}, whatever the way it is written`, async () => {
        await assert.rejects(site.fetchPage(url, { allowHosts: [] }), {
          code: 'AF_OUTBOUND_ADDRESS_REFUSED',
        });
      });
    }

    const urls = {
      'file:///etc/passwd': /its scheme is file/,
      'ftp://example.org/': /its scheme is ftp/,
      'data:text/plain,a': /its scheme is data/,
      'http://user:hunter2@example.org/': /user name or password/,
      'http://example.org:8080/': /port 8080/,
      'example.org': /no complete address/,
      'http://': /no complete address/,
    };
    for (const [url, message] of Object.entries(urls)) {
      it(`${url} with the reason`, async () => {
        await assert.rejects(site.fetchPage(url, { allowHosts: [] }), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'AF_OUTBOUND_URL_REFUSED');
          assert.match(error.message, message);
          assert.doesNotMatch(JSON.stringify(error), /hunter2/);
          return true;
        });
      });
    }

    it('a redirect to a private address, without asking it', async () => {
      site.handler = redirect(() => `http://localhost:${site.port}/secret`);
      await assert.rejects(site.fetchPage(`${site.origin}/`), { code: 'AF_OUTBOUND_URL_REFUSED' });
      site.handler = redirect(() => 'http://127.0.0.2/secret');
      await assert.rejects(site.fetchPage(`${site.origin}/`), { code: 'AF_OUTBOUND_ADDRESS_REFUSED' });
      site.handler = redirect(() => 'file:///etc/passwd');
      await assert.rejects(site.fetchPage(`${site.origin}/`), { code: 'AF_OUTBOUND_URL_REFUSED' });
      assert.equal(site.seen.length, 3);
    });

    it('a host of which any address is private', async () => {
      const resolve: FetchUrlOptions['resolve'] = async () => [
        { address: '93.184.215.14', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ];
      await assert.rejects(site.fetchPage('http://rebind.example/', { resolve }), {
        code: 'AF_OUTBOUND_ADDRESS_REFUSED',
        message: /rebind\.example is refused: it leads to 10\.0\.0\.7/,
      });
    });
  });

  it('dials the address that was checked, and asks the resolver once', async () => {
    site.handler = answer('reached');
    let asked = 0;
    const resolve: FetchUrlOptions['resolve'] = async () => {
      asked++;
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.3', family: 4 }];
    };
    const page = await site.fetchPage(`http://inside.example:${site.port}/`, {
      allowHosts: ['Inside.Example'],
      resolve,
    });
    assert.deepEqual([page.text, asked], ['reached', 1]);
    assert.deepEqual(site.seen, [`inside.example:${site.port} /`]);
  });

  it('reaches a private host only on the port that was allowed', async () => {
    await assert.rejects(site.fetchPage(site.origin, { allowHosts: [`127.0.0.1:${site.port + 1}`] }), /port/);
    await assert.rejects(site.fetchPage('http://127.0.0.1/', { allowHosts: [`127.0.0.1:${site.port}`] }), {
      code: 'AF_OUTBOUND_ADDRESS_REFUSED',
    });
  });
});
