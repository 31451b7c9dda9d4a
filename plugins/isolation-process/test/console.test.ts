import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { IsolationLevel } from '@agent-factory/sdk';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { RunnerPool } from '../src/runner-pool.ts';
import { settings } from './support/settings.ts';
import { skipUnoffered } from './support/skip-unoffered.ts';

/** All that a page gives: its place in the list, itself, what a form gets, its frame and what that is told. */
async function shown(isolation: IsolationLevel | 'trusted'): Promise<readonly string[]> {
  const kernel = await bootTestKernel({
    plugins: [
      join(import.meta.dirname, '..'),
      { use: join(import.meta.dirname, 'fixtures/board'), isolation },
      '@agent-factory/plugin-http-console',
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
    grants: { board: ['console', 'console.frame'] },
  });
  try {
    const url = kernel.use(HttpServer).url() ?? '';
    const ask = async (path: string, body?: object): Promise<string> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/console${path}`, {
        ...(body && { method: 'POST', headers, body: JSON.stringify(body) }),
      });
      assert.equal(answer.status, 200, path);
      return answer.text();
    };
    return [
      await ask(''),
      await ask('/board/counts'),
      await ask('/board/counts', { form: 'count', values: { what: 'sheep' } }),
      await ask('/board/counts/frame'),
      await ask('/board/counts/frame', { message: { log: {}, tenant: 'other' } }),
    ];
  } finally {
    await kernel.close();
  }
}

describe('a page of the console', function () {
  this.timeout(120_000);

  it('is the same from a plugin that is trusted and from one that is isolated', async function () {
    const pool = new RunnerPool(settings);
    await skipUnoffered(this, 'L1', pool, ['L1', 'L2', 'L3']).finally(() => pool.close());
    const [trusted, isolated] = [await shown('trusted'), await shown('L1')];
    assert.deepEqual(isolated, trusted);
    const [list = '', page = '', said = '', frame, answer] = trusted;
    assert.match(list, /Counts &#38; more/);
    assert.match(page, /<td>local<\/td>\s*<td>3<\/td>/);
    assert.match(said, /sheep of default/);
    assert.equal(frame, '<p>A drawing for local</p>');
    assert.equal(answer, '{"answer":{"message":{"log":{},"tenant":"other"},"tenant":"default"}}');
  });
});
