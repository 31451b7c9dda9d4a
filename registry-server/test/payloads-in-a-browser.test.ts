import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser, type Browser } from '@agent-factory/test-servers';
import { renderMarkdown } from '../src/pages/render-markdown.ts';
import { payloads } from './fixtures/payloads.ts';
import { dangers } from './support/dangers.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const all = Object.values(payloads).flat();
const tags = 'a,blockquote,br,code,em,h3,h4,h5,h6,hr,li,ol,p,pre,s,strong,table,tbody,td,th,thead,tr,ul';
const attributes = 'class,href,rel,start,title';

/** What a page that shows the payloads did, and what is in it. */
interface Seen {
  /** Numbers of the payloads that ran. */
  readonly ran: ReadonlySet<number>;
  /** What was asked of anybody but the page's own server. */
  readonly asked: readonly string[];
  /** Elements, attributes and addresses that are none of a readme's, by the number of the payload. */
  readonly strange: readonly string[];
}

/** In a page: reads each frame's document again as browsers and editors do, then uses what could be used. */
const use = `(() => {
  for (const { contentDocument: inside } of document.querySelectorAll('iframe')) {
    if (!inside?.body) continue; // it went elsewhere
    inside.body.innerHTML = inside.body.innerHTML + '';
    for (const link of inside.querySelectorAll('a, area'))
      if (!/^(https?|mailto):/.test(link.protocol)) link.click?.();
    for (const button of inside.querySelectorAll('button')) button.click?.();
  }
})()`;

/** In a page: what is in its frames, or in its readmes, beside what a readme is made of. */
const look = (roots: string): string => `(() => {
  const strange = [];
  const tags = ${JSON.stringify(tags.split(','))}, attributes = ${JSON.stringify(attributes.split(','))};
  for (const [at, root] of [...${roots}].entries())
    for (const element of root.querySelectorAll('*')) {
      if (!tags.includes(element.localName) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml')
        strange.push(at + ': element ' + element.localName);
      for (const { name } of element.attributes)
        if (!attributes.includes(name)) strange.push(at + ': attribute ' + name);
      if (element.localName === 'a' && element.hasAttribute('href') &&
        !element.getAttribute('href').startsWith('#') && !/^(https?|mailto):$/.test(element.protocol))
        strange.push(at + ': address ' + element.href);
    }
  return strange;
})()`;

describe('payloads of strangers in a browser', function () {
  this.timeout(120_000);
  let browser: Browser;
  let registry: TestRegistry;
  before(async function () {
    const found = await openBrowser();
    if (!found) return this.skip();
    browser = found;
    registry = await openTestRegistry();
  });
  after(async () => {
    await browser?.close();
    await registry?.close();
  });

  /** Opens a page without any policy, waits for what it does by itself, then does what a reader could. */
  async function open(path: string, roots: string, content?: string): Promise<Seen> {
    const context = await browser.newContext({ bypassCSP: true });
    const ran = new Set<number>();
    const asked: string[] = [];
    const own = `http://127.0.0.1:${registry.port}`;
    await context.exposeBinding('hit', ({ frame }) => {
      let at = frame;
      for (let above = at.parentFrame(); above?.parentFrame(); above = at.parentFrame()) at = above;
      ran.add(Number(at.name() || Number.NaN));
    });
    await context.route(/./, async (route) => {
      const url = route.request().url();
      if (content !== undefined && url === own + path)
        return route.fulfill({ contentType: 'text/html', body: content });
      if (url.startsWith(`${own}/`)) return route.continue();
      if (/^https?:/.test(url)) asked.push(url);
      return route.abort();
    });
    const page = await context.newPage();
    await page.goto(own + path, { waitUntil: 'load' });
    await sleep(500);
    const strange = await page.evaluate<string[]>(look(roots));
    if (content !== undefined) {
      await page.evaluate(use);
      await sleep(500);
      strange.push(...(await page.evaluate<string[]>(look(roots))));
    }
    await context.close();
    return { ran, asked, strange };
  }

  /** One document with a frame for each text, so that none hides behind what another left open. */
  const framed = (texts: readonly string[]): string =>
    `<!doctype html><meta charset=utf-8>${texts
      .map((text, at) => {
        const quoted = text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
        return `<iframe name="${at}" srcdoc="<!doctype html><body>${quoted}"></iframe>`;
      })
      .join('\n')}`;
  const documents = "[...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument.body)";

  it('run and ask where they are put in as they are, so that this would tell', async () => {
    const html = all.filter((text) => text.includes('<'));
    const { ran, asked } = await open('/raw', '[]', framed(html));
    // The others wait for older browsers, or for what no program does.
    assert.ok(ran.size >= 80, `${ran.size} of ${html.length} ran`);
    assert.ok(asked.length >= 5, asked.join('\n'));
  });

  it(`do nothing where markdown is rendered, nor when it is read again: ${all.length} of them`, async () => {
    const seen = await open('/rendered', documents, framed(all.map((text) => renderMarkdown(text).text)));
    assert.deepEqual(
      Array.from(seen.ran, (at) => all[at]),
      [],
    );
    assert.deepEqual(seen.strange, []);
    assert.deepEqual(seen.asked, []);
  });

  it('do nothing on the page of a plugin that is full of them', async () => {
    const author = await registry.account('acme');
    const reader = await registry.account('reader');
    // Where code is read, a registry takes no mark that cannot be seen.
    const seen = all.filter((text) => !text.includes('\ufeff'));
    const reasons = all.slice(0, 20).map((text, at) => [`net:host-${at}.example`, text]);
    const plugin = await makePlugin({
      name: '@acme/payloads',
      permissions: Object.fromEntries(reasons),
      packageJson: {
        description: seen.join(' '),
        license: all[0] ?? '',
        homepage: 'javascript:hit()',
        keywords: ['agent-factory-plugin', ...seen],
      },
      files: { 'README.md': all.join('\n\n'), 'CHANGELOG.md': all.toReversed().join('\n\n') },
    });
    const published = await registry.publish(author, plugin);
    assert.equal(published.status, 201, published.text);
    const review = { rating: 1, title: all[11], text: all.join('\n').slice(0, 4000) };
    const path = '/-/af/v1/plugins/@acme%2fpayloads/reviews/mine';
    const reviewed = await registry.ask('PUT', path, { token: reader, body: review });
    assert.equal(reviewed.status, 201, reviewed.text);

    const { text } = await registry.ask('GET', '/plugins/@acme/payloads');
    assert.deepEqual(dangers(text), []);
    assert.match(text, /<table>[^]*id="changelog"[^]*<table>/, 'they are rendered, not shown as they are');
    for (const address of ['/plugins/@acme/payloads', '/', `/?text=${encodeURIComponent(all[11] ?? '')}`]) {
      const { ran, strange, asked } = await open(address, "document.querySelectorAll('.prose')");
      assert.deepEqual([[...ran], strange, asked], [[], [], []], address);
    }
  });
});
