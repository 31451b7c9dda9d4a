import assert from 'node:assert/strict';
import { takesLinearTime } from '@agent-factory/sdk/testing';
import {
  checkDependencies,
  checkPackageName,
  findHiddenText,
  findSecrets,
  lookAlike,
  neededPlugins,
  permissionDiff,
  refuseUnfitContent,
  type PackageFile,
} from '@agent-factory/plugin-package';

const file = (path: string, text: string): PackageFile => ({
  path,
  bytes: Buffer.from(text),
  executable: false,
});

describe('the name of a package', () => {
  it('has a scope, and is plain', () => {
    for (const good of ['@acme/plugin-weather', '@a/b', '@9lives/x-1']) checkPackageName(good);
    for (const bad of [
      'weather',
      '@acme/',
      '@/weather',
      '@Acme/weather',
      '@acme/wea ther',
      '@acme/weather.js',
      '@acme/wеather',
      '@acme/../x',
      '@acme/-x',
      `@acme/${'x'.repeat(101)}`,
      '',
    ])
      assert.throws(() => checkPackageName(bad), { code: 'AF_PACKAGE_NAME' }, bad);
  });

  const known = ['@acme/plugin-weather', '@other/storage-postgres', '@tiny/kv'];
  it('is refused when it looks like a known one', () => {
    const mutations = [
      '@evil/plugin-weather',
      '@evil/weather',
      '@evil/plugin-vveather',
      '@evil/wheather',
      '@evil/weahter',
      '@evil/weathers',
      '@evil/w-e-a-t-h-e-r',
      '@evil/agent-factory-plugin-weather',
      '@evil/st0rage-p0stgres',
      '@evil/storagepostgres',
      '@evil/k-v',
    ];
    for (const name of mutations) assert.ok(lookAlike(name, known), name);
  });

  it('is let be when it is another, or of the same owner', () => {
    for (const name of ['@evil/climate', '@acme/plugin-weathers', '@evil/storage-sqlite', '@evil/kw'])
      assert.equal(lookAlike(name, known), undefined, name);
  });
});

describe('what is published', () => {
  it('holds no secrets', () => {
    const planted: readonly (readonly [string, string])[] = [
      ['key.pem', '-----BEGIN EC PRIVATE KEY-----\nMHc'],
      ['k.js', `const key = '-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG';`],
      ['a.js', `const token = 'npm_${'a1B2'.repeat(9)}';`],
      ['b.js', `ghp_${'x'.repeat(36)}`],
      ['c.js', `"AKIA${'ABCD'.repeat(4)}"`],
      ['d.js', `sk-ant-api03-${'q'.repeat(60)}`],
      ['.env', 'A=1'],
      ['e.js', `${'x'.repeat(50_000)} sk_live_${'a'.repeat(30)}`],
      ['f', '//registry.npmjs.org/:_authToken=abc'],
      ['g', '//registry.npmjs.org/:_password = abc'],
      ['h.js', `af_${'x'.repeat(40)}`],
      ['i.js', `github_pat_${'x'.repeat(82)}`],
      ['j.js', `glpat-${'x'.repeat(20)}`],
      ['k.md', `ASIA${'ABCD'.repeat(4)}`],
      ['l.js', `AIza${'x'.repeat(35)}`],
      ['m.js', `sk-proj-${'x'.repeat(20)}T3BlbkFJ${'x'.repeat(20)}`],
      ['n.js', `xoxb-${'x'.repeat(20)}`],
      ['o.js', `rk_live_${'x'.repeat(24)}`],
    ];
    for (const [path, text] of planted) assert.equal(findSecrets([file(path, text)]).length, 1, path);
    const harmless = [
      'process.env.NPM_TOKEN',
      '-----BEGIN PUBLIC KEY-----',
      "pem.startsWith('-----BEGIN PRIVATE KEY-----')",
      '//registry.npmjs.org/:_authToken=${NPM_TOKEN}',
      'sk-example',
    ];
    assert.deepEqual(
      findSecrets([...harmless.map((text) => file('a.js', text)), file('.env.example', '')]),
      [],
    );
    assert.throws(() => refuseUnfitContent([file('a.js', `\n\nghp_${'x'.repeat(36)}`)]), {
      code: 'AF_PACKAGE_SECRET',
      message: /a\.js:3 \(a GitHub token\)/,
    });
  });

  it('holds no text in code that cannot be seen', () => {
    const planted = [
      'if (a\u202E) {',
      'const a\u200B = 1;',
      `run('\uFE00\uFE01\uFE02')`,
      'x\u{E0041}',
      'const \u3164 = 1',
      'a\uFEFFb',
    ];
    for (const text of planted)
      assert.equal(findHiddenText([file('a.js', text)]).length, 1, JSON.stringify(text));
    assert.deepEqual(
      findHiddenText([file('a.js', '\uFEFFconst ok = "❤️ 👩‍💻 über 日本";'), file('README.md', 'a\u200Bb')]),
      [],
    );
    assert.throws(() => refuseUnfitContent([file('a.js', 'x\u202E')]), {
      code: 'AF_PACKAGE_HIDDEN_TEXT',
      message: /a\.js:1 \(U\+202E\)/,
    });
  });

  it('is scanned in linear time', async () => {
    for (const piece of ['-', 'sk-', ' '])
      await takesLinearTime((size) => {
        const hard = [file('a.js', piece.repeat(size / piece.length))];
        findSecrets(hard);
        findHiddenText(hard);
      }, 2_000_000);
  });

  it('brings its dependencies along', () => {
    const json = {
      name: '@acme/a',
      version: '1.0.0',
      dependencies: { 'left-pad': '1.0.0', '@agent-factory/sdk': '^0.1.0' },
    };
    const files = [file('node_modules/left-pad/package.json', '{}')];
    checkDependencies({ ...json, bundleDependencies: ['left-pad'] }, files);
    checkDependencies({ ...json, bundledDependencies: true }, files);
    assert.throws(() => checkDependencies(json, files), {
      code: 'AF_PACKAGE_DEPENDENCY',
      message: /left-pad, which is not bundled/,
    });
    assert.throws(() => checkDependencies({ ...json, bundleDependencies: ['left-pad'] }, []), {
      code: 'AF_PACKAGE_DEPENDENCY',
      message: /is not there/,
    });
  });

  it('names the plugins it needs as peers', () => {
    const json = {
      name: '@acme/a',
      version: '1.0.0',
      peerDependencies: { '@acme/b': '^1', '@agent-factory/sdk': '*', c: '*' },
      peerDependenciesMeta: { c: { optional: true } },
    };
    assert.deepEqual([...neededPlugins(json)], [['@acme/b', '^1']]);
  });
});

describe('permissions', () => {
  it('are told in words, and compared', () => {
    const diff = permissionDiff(
      { net: 'Asks a server.', files: 'Reads.' },
      { 'net:api.example.com': 'Asks.', env: 'Looks.', 'x.y': '' },
    );
    assert.deepEqual(
      diff.added.map(({ name, sentence }) => [name, sentence]),
      [
        ['env', 'read environment variables'],
        ['x.y', 'use "x.y", a permission this platform does not know'],
      ],
    );
    assert.deepEqual(
      diff.removed.map(({ name }) => name),
      ['files', 'net'],
    );
    assert.deepEqual(
      diff.kept.map(({ sentence }) => sentence),
      ['reach api.example.com over the network'],
    );
    assert.equal(diff.widens, true);
    assert.equal(permissionDiff(['net'], { net: 'Now for another reason.' }).widens, false);
    assert.equal(permissionDiff({ 'net:a.example': '' }, { net: '' }).widens, true);
    assert.equal(permissionDiff(undefined, undefined).widens, false);
  });
});
