import assert from 'node:assert/strict';
import { firstDifference } from '../installed-as-locked.mjs';

const machine = { platform: 'linux', arch: 'x64' };
const semver = { version: '7.8.6', integrity: 'sha512-a' };

/** The first difference between two trees, each given without its node_modules/ prefix. */
function difference(wanted: Record<string, object>, installed: Record<string, object>): string | undefined {
  const tree = (packages: Record<string, object>): Record<string, object> =>
    Object.fromEntries(Object.entries(packages).map(([name, entry]) => [`node_modules/${name}`, entry]));
  return firstDifference(tree(wanted), tree(installed), machine);
}

describe('installed-as-locked', () => {
  it('finds nothing to do when every locked package is there', () => {
    assert.equal(difference({ semver }, { semver }), undefined);
  });

  it('does not mind a package that the lock does not know', () => {
    assert.equal(difference({ semver }, { semver, extra: { version: '1.0.0' } }), undefined);
  });

  it('sees a missing package, another version and another content', () => {
    assert.equal(difference({ semver }, {}), 'node_modules/semver');
    assert.equal(difference({ semver }, { semver: { ...semver, version: '7.8.5' } }), 'node_modules/semver');
    assert.equal(
      difference({ semver }, { semver: { ...semver, integrity: 'sha512-b' } }),
      'node_modules/semver',
    );
  });

  it('sees a workspace that is not linked, or is linked elsewhere', () => {
    const sdk = { resolved: 'packages/sdk', link: true };
    assert.equal(difference({ sdk }, {}), 'node_modules/sdk');
    assert.equal(difference({ sdk }, { sdk: { ...sdk, resolved: 'sdk' } }), 'node_modules/sdk');
  });

  it('does not miss optional packages of other machines', () => {
    const optional = { version: '1.0.0', optional: true };
    assert.equal(difference({ a: { ...optional, os: ['darwin'], cpu: ['arm64'] } }, {}), undefined);
    assert.equal(difference({ a: { ...optional, os: ['!linux'] } }, {}), undefined);
    assert.equal(
      difference({ a: optional }, {}),
      undefined,
      'it may belong to another one that is not for this machine',
    );
  });

  it('misses an optional package of this machine', () => {
    const binding = { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'] };
    assert.equal(difference({ binding }, {}), 'node_modules/binding');
  });
});
