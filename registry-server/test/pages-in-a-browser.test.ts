import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { openBrowser, type Browser } from '@agent-factory/test-servers';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the pages of the marketplace in a browser', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let browser: Browser;

  before(async function () {
    const found = await openBrowser();
    if (!found) return this.skip();
    browser = found;
    registry = await openTestRegistry();
    const author = await registry.account('acme');
    const reader = await registry.account('reader');
    for (const version of ['1.0.0', '1.1.0']) {
      const plugin = await makePlugin({
        name: '@acme/weather',
        version,
        permissions: version === '1.0.0' ? {} : { secrets: 'reads the key of the service' },
        files: {
          'README.md':
            '# Use\n\n`x`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>document.title="owned"</script>',
        },
      });
      assert.equal((await registry.publish(author, plugin)).status, 201);
    }
    const review = { rating: 4, title: 'Good', text: '<img src=x onerror="document.title=1">' };
    await registry.ask('PUT', '/-/af/v1/plugins/@acme%2fweather/reviews/mine', {
      token: reader,
      body: review,
    });
  });
  after(async () => {
    await browser?.close();
    await registry?.close();
  });

  for (const [address, colorScheme, width] of [
    ['/', 'light', 1200],
    ['/?text=weather', 'dark', 380],
    ['/plugins/@acme/weather', 'light', 1200],
    ['/plugins/@acme/weather', 'dark', 380],
    ['/plugins/@acme/weather/compare?from=1.0.0&to=1.1.0', 'light', 1200],
    ['/publishers/acme', 'dark', 1200],
  ] as const) {
    it(`${address} is accessible, ${colorScheme}, ${width} wide, and loads nothing from elsewhere`, async () => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width, height: 900 },
        bypassCSP: true,
      });
      const page = await context.newPage();
      const elsewhere: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(`http://127.0.0.1:${registry.port}/`)) elsewhere.push(request.url());
      });
      await page.goto(`http://127.0.0.1:${registry.port}${address}`);
      await page.evaluate(axe);
      // The script that was just evaluated puts `axe` there.
      const { violations } = await page.evaluate<AxeResults>(
        'axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] })',
      );
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      assert.deepEqual(told, []);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `it is ${overflow} pixels wider than the window`);
      assert.deepEqual(elsewhere, []);
      await context.close();
    });
  }

  it('is used without scripts, by keyboard: search, open, compare', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${registry.port}/`);
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('weather');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '@acme/weather' }).press('Enter');
    await page.waitForURL('**/plugins/@acme/weather');
    assert.equal(await page.title(), '@acme/weather – plugin for Agent Factory');
    await page.getByRole('link', { name: 'compared with 1.0.0' }).click();
    assert.match((await page.textContent('main')) ?? '', /The newer version may do more/);
    await context.close();
  });
});
