import assert from 'node:assert/strict';
import type { Principal } from '@agent-factory/sdk/contracts';
import { ownKey } from '../src/routes/own-key.ts';

describe('a key to start a run with', () => {
  const by = (id: string, kind: Principal['kind'] = 'user'): Principal => ({
    id,
    tenant: 'acme',
    kind,
    permissions: [],
  });

  it('is its sender’s, and as long as journals take', () => {
    const long = 'k'.repeat(255);
    const keys = [
      ownKey(by('ann'), 'k'),
      ownKey(by('ben'), 'k'),
      ownKey(by('ann'), long),
      ownKey(by('ben'), long),
    ];
    assert.equal(new Set(keys).size, 4);
    assert.ok(keys.every((key = '') => key.length <= 255));
    assert.notEqual(ownKey(by('ann'), `${long.slice(1)}x`), ownKey(by('ann'), long));
    assert.equal(ownKey(by('ann'), long), ownKey(by('ann'), long));
  });

  it('stays as it is where there is nobody else, and where there is none', () => {
    assert.equal(ownKey(by('local', 'local'), 'k'), 'k');
    assert.equal(ownKey(by('ann'), undefined), undefined);
  });
});
