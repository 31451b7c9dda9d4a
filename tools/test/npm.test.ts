import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cleanEnvironment, findNpm, npmFailure } from '../npm.mjs';

describe('npm', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'npm-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function placeNpm(path: string): string {
    const file = join(folder, path, 'npm/bin/npm-cli.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    return file;
  }

  it('uses the npm that called', () => {
    const called = placeNpm('called');
    placeNpm('lib/node_modules');
    assert.equal(findNpm({ npm_execpath: called }, join(folder, 'bin/node')), called);
  });

  it('uses the npm beside Node when another package manager called', () => {
    const beside = placeNpm('lib/node_modules');
    const env = { npm_execpath: join(folder, 'pnpm.cjs') };
    assert.equal(findNpm(env, join(folder, 'bin/node')), beside);
  });

  it('uses an npm on the PATH when none is beside Node', () => {
    const onPath = placeNpm('other/lib/node_modules');
    assert.equal(findNpm({ PATH: join(folder, 'other/bin') }, join(folder, 'bin/node')), onPath);
    assert.equal(findNpm({ PATH: '' }, join(folder, 'bin/node')), undefined);
  });

  it('keeps what the caller npm says of its own script from the npm it starts', () => {
    const env = {
      npm_config_local_prefix: '/a',
      npm_lifecycle_event: 'test',
      npm_config_proxy: 'p',
      PATH: '/bin',
    };
    assert.deepEqual(cleanEnvironment(env, '/n/bin/node'), { npm_config_proxy: 'p', PATH: '/n/bin:/bin' });
  });

  const meanings = [
    ['npm error code ENOTFOUND', /could not be reached/, /network/],
    ['npm error code EINTEGRITY', /not the one the lock file names/, /npm cache verify/],
    ['npm error code EUSAGE', /do not agree/, /npm install/],
    ['npm error code E404', /refused/, /registry/],
    ['npm error code ENOSPC', /disk is full/, /space/],
    ['npm error something new', /npm failed/, /node_modules/],
  ] as const;
  for (const [output, what, fix] of meanings) {
    it(`explains "${output}" and says what to do`, () => {
      const error = npmFailure('ci', `${output}\nnpm error A complete log of this run can be found in: x`);
      assert.match(error.message, what);
      assert.match(error.message, new RegExp(output), 'npm’s own words stay readable');
      assert.doesNotMatch(error.message, /complete log/);
      assert.match(error.fix, fix);
    });
  }
});
