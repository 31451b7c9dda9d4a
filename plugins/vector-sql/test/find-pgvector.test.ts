import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { findPgvector } from '../src/find-pgvector.ts';

const folder = dirname(import.meta.dirname);

describe('findPgvector', () => {
  const find = async (row: object): Promise<string> => {
    const storage = { dialect: 'postgres', query: async () => [row] };
    const state = await findPgvector(storage as unknown as Storage); // it asks one question
    return state.version ?? state.reason;
  };

  it('takes version 0.8 or newer', async () => {
    for (const installed of ['0.8.0', '0.8.6', '0.10.1', '1.0.0'])
      assert.equal(await find({ installed, available: installed, visible: 1 }), installed);
  });

  it('says what is missing', async () => {
    assert.match(await find({ installed: null, available: null, visible: 0 }), /server has no pgvector/);
    assert.match(await find({ installed: null, available: '0.8.0', visible: 0 }), /not in the database/);
    assert.match(await find({ installed: '0.7.4', available: '0.8.0', visible: 1 }), /0\.7\.4, and 0\.8/);
    assert.match(await find({ installed: '0.8.0', available: '0.8.0', visible: 0 }), /search_path/);
  });

  for (const [name, open] of Object.entries(sqlEngines))
    it(`keeps the plugin from starting on ${name} without it, where it is required`, async function () {
      this.timeout(60_000);
      const storage = await open();
      try {
        await assert.rejects(
          bootTestKernel({ plugins: [storage.plugin, { use: folder, config: { pgvector: 'require' } }] }),
          ({ cause }: Error) => isAgentFactoryError(cause, 'AF_VECTOR_SQL_PGVECTOR'),
        );
      } finally {
        await storage.close();
      }
    });
});
