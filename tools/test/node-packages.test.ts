import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isNewEnough, nodePackageFor } from '../node-packages.mjs';

const { packages } = JSON.parse(readFileSync(new URL('../node/package-lock.json', import.meta.url), 'utf8'));

describe('node-packages', () => {
  it('takes Node 24 and newer as they are', () => {
    assert.equal(isNewEnough('v20.19.0'), false);
    assert.equal(isNewEnough('v22.22.1'), false);
    assert.equal(isNewEnough('v24.0.0'), true);
    assert.equal(isNewEnough('v100.1.0'), true);
  });

  for (const platform of ['linux', 'darwin', 'win32']) {
    for (const arch of ['x64', 'arm64']) {
      it(`names a locked package for ${platform}-${arch}`, () => {
        const found = nodePackageFor(packages, platform, arch);
        assert.ok(found);
        assert.ok(isNewEnough(found.version));
        assert.equal(found.bin, `${found.path}/bin/node${platform === 'win32' ? '.exe' : ''}`);
        assert.match(packages[found.path].integrity, /^sha512-/);
      });
    }
  }

  it('names none for a platform without a package', () => {
    assert.equal(nodePackageFor(packages, 'aix', 'ppc64'), undefined);
  });
});
