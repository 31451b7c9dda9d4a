import assert from 'node:assert/strict';
import { closest } from '../src/closest.ts';

describe('closest', () => {
  it('finds a word with a letter missing, added, changed or swapped', () => {
    for (const word of ['prt', 'portt', 'pert', 'prot'])
      assert.equal(closest(word, ['host', 'port', 'dataDir']), 'port', word);
  });

  it('ignores case, dashes and underscores', () => {
    assert.equal(closest('data_dir', ['dataDir', 'date']), 'dataDir');
  });

  it('prefers the nearest of several', () => {
    assert.equal(closest('storage-sqlit', ['storage-pg', 'storage-sqlite', 'storage-sql']), 'storage-sqlite');
  });

  it('is silent when nothing is near, or when the word itself is there', () => {
    assert.equal(closest('weather', ['port', 'host']), undefined);
    assert.equal(closest('a', ['b']), undefined);
    assert.equal(closest('port', ['port']), undefined);
    assert.equal(closest('x'.repeat(1_000_000), ['port']), undefined);
  });
});
