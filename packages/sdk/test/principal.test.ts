import assert from 'node:assert/strict';
import { rightsWithin } from '../src/contracts/principal.ts';

describe('rights within the scopes of a credential', () => {
  const rights = {
    permissions: ['agents:read', 'agents:write', 'runs:read'],
    grants: [{ permission: 'tools:write', resource: 'tools/mail' }],
  };

  it('are all there are where it has none', () => {
    assert.deepEqual(rightsWithin(rights, null), rights);
    assert.deepEqual(rightsWithin({ permissions: ['*'] }, null), { permissions: ['*'], grants: [] });
  });

  it('are those its scopes name, for each credential its own, however often it is asked', () => {
    const one = JSON.stringify(['runs:read', 'users:write']);
    const other = JSON.stringify(['agents:read', 'tools:write']);
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(rightsWithin(rights, one), { permissions: ['runs:read'], grants: [] });
      assert.deepEqual(rightsWithin(rights, other), {
        permissions: ['agents:read'],
        grants: rights.grants,
      });
    }
    assert.equal(rightsWithin(rights, other), rightsWithin(rights, other));
  });

  it('follow the rights when those become others', () => {
    const scopes = JSON.stringify(['agents:read', 'runs:read']);
    assert.deepEqual(rightsWithin(rights, scopes).permissions, ['agents:read', 'runs:read']);
    assert.deepEqual(rightsWithin({ permissions: ['runs:read'] }, scopes).permissions, ['runs:read']);
  });
});
