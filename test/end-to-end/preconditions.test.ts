import assert from 'node:assert/strict';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';

const fixed = { name: 'fixed', instructions: 'Answer.', model: 'scripted/demo' };
const path = '/api/v1/agents/clerk';

describe('a definition that several change by the API', function () {
  this.timeout(30_000);
  let kernel: TestKernel;
  before(async () => {
    kernel = await bootTestKernel({
      baseDir: import.meta.dirname,
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        '@agent-factory/plugin-routing-expression',
        {
          use: '@agent-factory/plugin-llm-scripted',
          config: { scripts: { demo: [{ reply: { text: 'Hi.' } }] } },
        },
        { use: '@agent-factory/plugin-agent-runtime', config: { agents: [fixed] } },
        { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
      ],
    });
  });
  after(() => kernel.close());

  const send = async (method: string, headers: Record<string, string>, instructions?: string, at = path) => {
    const body = instructions && JSON.stringify({ instructions, model: 'scripted/demo' });
    const answer = await fetch(`${kernel.use(HttpServer).url()}${at}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body }),
    });
    const { code, detail, hash } = (await answer.json()) as Record<string, string>; // what is looked at
    return { status: answer.status, tag: answer.headers.get('etag') ?? '', code, detail, hash };
  };
  const isNew = { 'if-none-match': '*' };

  it('is made once, however often that is asked at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, at) => send('PUT', isNew, `Be clerk ${at}.`)),
    );
    const statuses = made.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.ok(
      statuses.every((status) => [200, 409, 412].includes(status)),
      String(statuses),
    );
    const late = await send('PUT', isNew, 'Be another.');
    assert.deepEqual([late.status, late.code], [412, 'AF_DEFINITION_UNMATCHED']);
  });

  it('keeps the change of whoever was first, and tells the others', async () => {
    const { tag } = await send('GET', {});
    const changed = await Promise.all(
      Array.from({ length: 8 }, (_, at) => send('PUT', { 'if-match': tag }, `Change ${at}.`)),
    );
    const [first, ...more] = changed.filter(({ status }) => status === 200);
    assert.equal(more.length, 0);
    const now = await send('GET', {});
    assert.equal(now.tag, `"${first?.hash}"`);
    const stale = await send('PUT', { 'if-match': tag }, 'Too late.');
    assert.deepEqual([stale.status, stale.code], [412, 'AF_DEFINITION_UNMATCHED']);
    assert.ok(stale.detail?.includes(now.tag), stale.detail);
    assert.equal(
      (await send('GET', { 'if-none-match': now.tag.replace('"', 'W/"') }).catch(() => now)).tag,
      now.tag,
    );
  });

  it('is removed as it was seen, or not at all', async () => {
    const { tag } = await send('GET', {});
    assert.equal((await send('DELETE', { 'if-match': '"0"' })).status, 412);
    assert.equal((await send('GET', {})).tag, tag);
    assert.equal((await send('DELETE', { 'if-match': tag })).status, 200);
    assert.equal((await send('DELETE', { 'if-match': tag })).status, 412);
    assert.equal((await send('PUT', { 'if-match': '*' }, 'Be back.')).status, 412);
  });

  it('stays the platform’s where it comes from there', async () => {
    const at = '/api/v1/agents/fixed';
    const { tag } = await send('GET', {}, undefined, at);
    const { status, code } = await send('PUT', { 'if-match': tag }, 'Mine.', at);
    assert.deepEqual([status, code], [409, 'AF_DEFINITION_FIXED']);
  });
});
