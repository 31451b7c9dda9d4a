import assert from 'node:assert/strict';
import { readSources } from '../support/sdk-sources.ts';

describe('kysely', () => {
  it('is needed by the sources of one entry alone, so that others go without', () => {
    const importing = readSources().filter(({ lines }) => lines.some((line) => /from 'kysely'/.test(line)));
    assert.ok(importing.length > 0);
    const outside = importing.filter(({ name }) => !name.startsWith('sql/'));
    assert.deepEqual(
      outside.map(({ name }) => name),
      [],
    );
    const reaching = readSources().filter(
      ({ name, lines }) => !name.startsWith('sql/') && lines.some((line) => /from '[./]+\/sql\//.test(line)),
    );
    assert.deepEqual(
      reaching.map(({ name }) => name),
      [],
    );
  });
});
