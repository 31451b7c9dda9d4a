import assert from 'node:assert/strict';
import { HtmlValidate } from 'html-validate';
import { dangers } from './support/dangers.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

/** Things that run somewhere: in attributes, in links, through markdown, by leaving an element. */
const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  `' onmouseover='alert(1)`,
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt&colon;alert(1))',
  '[a](data:text/html;base64,PHNjcmlwdD4=)',
  '[a](vbscript:x)',
  '![a](javascript:alert(1))',
  '![a](https://evil.example/track.png)',
  '[a]: javascript:alert(1)\n[a]',
  '<javascript:alert(1)>',
  '</script><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '<a href="x" onclick="alert(1)">b</a>',
  '`</code><script>alert(1)</script>`',
  '```js" onload="alert(1)\nx\n```',
  '<!-- --><iframe src=javascript:alert(1)>',
  '{{constructor.constructor("alert(1)")()}}',
  '<style>@import "https://evil.example"</style>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
];

describe('the pages of the marketplace', function () {
  this.timeout(30_000);
  let registry: TestRegistry;
  let author: string;
  let reader: string;
  const lint = new HtmlValidate({
    extends: ['html-validate:standard', 'html-validate:a11y'],
    rules: {
      'no-trailing-whitespace': 'off',
      'long-title': 'off',
      'require-sri': 'off',
      'no-inline-style': 'error',
    },
  });

  before(async () => {
    registry = await openTestRegistry();
    author = await registry.account('acme');
    reader = await registry.account('reader');
    const permissions = { 'net:api.weather.example': 'asks for the forecast' };
    const first = await makePlugin({
      name: '@acme/weather',
      permissions,
      files: { 'README.md': attacks.join('\n\n'), 'CHANGELOG.md': attacks.join('\n\n') },
      packageJson: {
        description: attacks.join(' '),
        homepage: 'javascript:alert(1)',
        repository: { type: 'git', url: 'git+https://github.com/acme/weather.git' },
        keywords: ['agent-factory-plugin', '"><script>'],
      },
    });
    assert.equal((await registry.publish(author, first)).status, 201);
    const second = await makePlugin({
      name: '@acme/weather',
      version: '1.1.0',
      permissions: { ...permissions, secrets: 'reads the key of the service' },
      files: { 'README.md': attacks.join('\n\n'), 'CHANGELOG.md': attacks.join('\n\n') },
      packageJson: { description: attacks.join(' '), keywords: ['agent-factory-plugin', 'weather'] },
    });
    assert.equal((await registry.publish(author, second)).status, 201);
    const review = { rating: 4, title: attacks[1], text: attacks.join('\n\n') };
    const path = '/-/af/v1/plugins/@acme%2fweather/reviews/mine';
    assert.equal((await registry.ask('PUT', path, { token: reader, body: review })).status, 201);
  });
  after(() => registry.close());

  const addresses = [
    '/',
    '/?text=weather',
    `/?text=${encodeURIComponent(attacks[2] ?? '')}`,
    '/?category=weather&from=20',
    '/plugins/@acme/weather',
    '/plugins/@acme/weather/compare?from=1.0.0&to=1.1.0',
    '/publishers/acme',
  ];

  for (const address of addresses) {
    it(`answers ${address.slice(0, 60)} with valid HTML in which nothing can run`, async () => {
      const { status, text, headers } = await registry.ask('GET', address);
      assert.equal(status, 200, text);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe/);
      assert.deepEqual(dangers(text), []);
      const report = await lint.validateString(text);
      const problems = report.results.flatMap(({ messages }) =>
        messages.map(({ ruleId, message, line }) => `${line}: ${ruleId} ${message}`),
      );
      assert.deepEqual(problems, []);
    });
  }

  it('finds in a page whatever would run, were it there', () => {
    for (const planted of [
      '<script>x</script>',
      '<p onclick="x">',
      '<a href="javascript:x">',
      '<iframe src="/x">',
      '<img src="https://evil.example/x.png">',
    ])
      assert.equal(dangers(`<main>${planted}</main>`).length, 1, planted);
  });

  it('shows what a plugin may do in sentences, and what an upgrade changes', async () => {
    const { text } = await registry.ask('GET', '/plugins/@acme/weather');
    assert.match(text, /It may reach api\.weather\.example over the network\./);
    assert.match(text, /agent-factory plugin add @acme\/weather/);
    assert.match(text, /signed by its author/);
    const { text: compared } = await registry.ask(
      'GET',
      '/plugins/@acme/weather/compare?from=1.0.0&to=1.1.0',
    );
    assert.match(compared, /The newer version may do more/);
    assert.match(compared, /New permissions<\/h2>.*It may read secrets of the platform/s);
  });

  it('answers an address by whichever way its name is written, and only where there is a plugin', async () => {
    for (const name of ['@acme/weather', '@acme%2fweather', '@acme%2Fweather'])
      assert.equal((await registry.ask('GET', `/plugins/${name}`)).status, 200);
    assert.equal((await registry.ask('GET', '/plugins/@acme/nothing')).status, 404);
    assert.equal((await registry.ask('GET', '/publishers/nobody')).status, 404);
  });

  it('says of a repository whether it was shown to be the publisher’s, so that nobody borrows its fame', async () => {
    const eve = await registry.account('eve');
    const packageJson = { repository: { type: 'git', url: 'git+https://github.com/Famous/thing.git' } };
    await registry.publish(eve, await makePlugin({ name: '@eve/thing-tool', packageJson }));
    const page = async (): Promise<string> => (await registry.ask('GET', '/plugins/@eve/thing-tool')).text;
    assert.match(await page(), /github\.com\/Famous\/thing[^]*not shown to be its publisher’s/);
    const { database } = registry.registry;
    await database.write(async (sql) => {
      const at = '2026-01-01T00:00:00.000Z';
      await sql.run('INSERT INTO publisher_proofs VALUES (?, ?, ?, ?, ?, ?)', [
        'eve',
        'repository',
        'https://github.com/Famous/thing',
        'x',
        at,
        at,
      ]);
    });
    assert.doesNotMatch(await page(), /not shown to be its publisher’s/);
  });

  it('is not sent twice to whom has it', async () => {
    const first = await registry.ask('GET', '/plugins/@acme/weather');
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const again = await registry.ask('GET', '/plugins/@acme/weather', { headers });
    assert.deepEqual([again.status, again.text], [304, '']);
  });

  it('tells search engines of every public plugin and of no restricted one', async () => {
    const hidden = await makePlugin({ name: '@acme/hidden' });
    assert.equal((await registry.publish(author, hidden, { access: 'restricted' })).status, 201);
    const { text } = await registry.ask('GET', '/-/af/sitemap.xml');
    assert.match(text, /<loc>http:\/\/[^<]*\/plugins\/@acme\/weather<\/loc>/);
    assert.doesNotMatch(text, /hidden/);
    assert.equal((await registry.ask('GET', '/plugins/@acme/hidden')).status, 404);
    assert.doesNotMatch((await registry.ask('GET', '/')).text, /hidden/);
    const { text: robots } = await registry.ask('GET', '/robots.txt');
    assert.match(robots, /^Sitemap: http.*\/-\/af\/sitemap\.xml$/m);
    const { text: page } = await registry.ask('GET', '/plugins/@acme/weather');
    const data = JSON.parse(/<script type="application\/ld\+json">([^<]*)</.exec(page)?.[1] ?? '');
    assert.equal(data['@type'], 'SoftwareApplication');
    assert.equal(data.aggregateRating.ratingValue, 4);
  });

  it('renders a readme that takes a parser long as plain text', async () => {
    const readme = '['.repeat(60_000);
    await registry.publish(
      author,
      await makePlugin({ name: '@acme/brackets', files: { 'README.md': readme } }),
    );
    const before = process.cpuUsage();
    const { text } = await registry.ask('GET', '/plugins/@acme/brackets');
    const spent = process.cpuUsage(before);
    assert.match(text, /<pre>\[\[\[/);
    assert.ok(spent.user + spent.system < 20e6, 'under twenty seconds of CPU');
  });

  it('shows pictures of a package as what they are, and nothing that only says so', async () => {
    const files = { 'README.md': '# x' };
    const plugin = await makePlugin({
      name: '@acme/pictures',
      files,
      pictures: { 'screenshots/1.png': pixel, 'screenshots/2.png': Buffer.from('<svg onload=alert(1)>') },
    });
    assert.equal((await registry.publish(author, plugin)).status, 201);
    const { json } = await registry.ask('GET', '/-/af/v1/plugins/@acme%2fpictures/screenshots');
    assert.equal(json.screenshots.length, 1);
    const path = new URL(json.screenshots[0].url).pathname;
    const { status, headers } = await registry.ask('GET', path);
    assert.deepEqual([status, headers.get('content-type')], [200, 'image/png']);
    assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal((await registry.ask('GET', path.replace('1.png', '2.png'))).status, 404);
    assert.match((await registry.ask('GET', '/plugins/@acme/pictures')).text, /<img src="[^"]*1\.png"/);
  });
});
