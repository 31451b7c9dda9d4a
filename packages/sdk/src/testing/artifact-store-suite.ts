import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ArtifactStore, TenantArtifacts } from '../contracts/artifact-store.ts';
import { keepLargeResult } from '../contracts/large-result.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** One empty store for one case: an artifact may have 1,048,576 bytes, a tenant 2,097,152. */
export interface ArtifactStoreFixture {
  readonly store: ArtifactStore;
  /** Two tenants that exist and have nothing yet. */
  readonly tenants: readonly [string, string];
  /** Lets this many milliseconds pass for every artifact, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const text = 'text/plain';
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);
const idOf = (content: string): string => createHash('sha256').update(content).digest('hex');

async function readAll(
  artifacts: TenantArtifacts,
  id: string,
  range?: { readonly offset?: number; readonly length?: number },
): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of artifacts.read(id, range)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** What every {@link ArtifactStore} must do. `open` gives an empty one each time. */
export function artifactStoreSuite(open: () => Promise<ArtifactStoreFixture>): ConformanceSuite {
  const given = onFixture(open);
  const on = (
    name: string,
    work: (artifacts: TenantArtifacts, fixture: ArtifactStoreFixture) => Promise<void>,
  ): ConformanceCase => given(name, (fixture) => work(fixture.store.tenant(fixture.tenants[0]), fixture));

  return [
    on('keeps bytes under their SHA-256, and gives them back', async (artifacts) => {
      const kept = await artifacts.put(bytesOf('Hello ✓'), { mediaType: text, name: 'hello.txt' });
      assert.deepEqual(
        { ...kept, createdAt: 0, expiresAt: 0 },
        {
          id: idOf('Hello ✓'),
          mediaType: text,
          name: 'hello.txt',
          bytes: 9,
          createdAt: 0,
          expiresAt: 0,
        },
      );
      assert.deepEqual(await artifacts.head(kept.id), kept);
      assert.equal(await readAll(artifacts, kept.id), 'Hello ✓');
      assert.equal(await readAll(artifacts, (await artifacts.put(bytesOf(''), { mediaType: text })).id), '');
    }),
    on('keeps a stream, and nothing of one that breaks', async (artifacts) => {
      const pieces = async function* (broken: boolean): AsyncGenerator<Uint8Array> {
        yield bytesOf('one ');
        yield bytesOf('two');
        if (broken) throw new Error('the source broke');
      };
      assert.equal((await artifacts.put(pieces(false), { mediaType: text })).id, idOf('one two'));
      await artifacts.delete(idOf('one two'));
      await assert.rejects(artifacts.put(pieces(true), { mediaType: text }), /the source broke/);
      assert.deepEqual(await artifacts.usage(), { count: 0, bytes: 0 });
    }),
    on('reads a part, from an offset and of a length, also beyond the end', async (artifacts) => {
      const { id } = await artifacts.put(bytesOf('0123456789'), { mediaType: text });
      assert.equal(await readAll(artifacts, id, { offset: 3, length: 4 }), '3456');
      assert.equal(await readAll(artifacts, id, { offset: 8 }), '89');
      assert.equal(await readAll(artifacts, id, { offset: 8, length: 100 }), '89');
      assert.equal(await readAll(artifacts, id, { offset: 20 }), '');
      assert.equal(await readAll(artifacts, id, { length: 0 }), '');
    }),
    on('keeps the same bytes once, for every run that has them, for the longest time', async (artifacts) => {
      const put = (runId: string, ttlMs: number) =>
        artifacts.put(bytesOf('same'), { mediaType: text, runId, ttlMs });
      const first = await put('run-1', 60_000);
      const second = await put('run-2', 600_000);
      assert.ok((second.expiresAt ?? 0) >= (first.expiresAt ?? 0) + 500_000);
      assert.equal((await put('run-2', 60_000)).expiresAt, second.expiresAt);
      assert.deepEqual(await artifacts.usage(), { count: 1, bytes: 4 });
      for (const runId of ['run-1', 'run-2']) assert.equal((await artifacts.list({ runId })).length, 1);
      assert.equal((await put('run-3', 0)).expiresAt, undefined);
    }),
    on('keeps equal bytes that come at the same moment', async (artifacts) => {
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          artifacts.put(bytesOf('at once'), { mediaType: text, runId: `run-${index}` }),
        ),
      );
      assert.equal(new Set(all.map(({ id }) => id)).size, 1);
      assert.deepEqual(await artifacts.usage(), { count: 1, bytes: 7 });
      assert.equal(await readAll(artifacts, all[0]?.id ?? ''), 'at once');
    }),
    on('lists by run, newest first, page by page', async (artifacts) => {
      for (let index = 0; index < 5; index++)
        await artifacts.put(bytesOf(`n${index}`), { mediaType: text, runId: index < 4 ? 'run-1' : 'run-2' });
      const page = await artifacts.list({ runId: 'run-1', limit: 3 });
      const rest = await artifacts.list({ runId: 'run-1', limit: 3, before: page.at(-1)?.id ?? '' });
      assert.deepEqual(
        [...page, ...rest].map(({ id }) => id),
        ['n3', 'n2', 'n1', 'n0'].map(idOf),
      );
      assert.equal((await artifacts.list()).length, 5);
      assert.deepEqual(await artifacts.list({ runId: 'run-3' }), []);
    }),
    on('deletes for good, and says whether it was there', async (artifacts) => {
      const { id } = await artifacts.put(bytesOf('gone'), { mediaType: text, runId: 'run-1' });
      assert.equal(await artifacts.delete(id), true);
      assert.equal(await artifacts.delete(id), false);
      assert.equal(await artifacts.head(id), undefined);
      assert.deepEqual(await artifacts.list({ runId: 'run-1' }), []);
      await rejectsWith(readAll(artifacts, id), 'AF_ARTIFACT_NOT_FOUND');
      assert.equal((await artifacts.put(bytesOf('gone'), { mediaType: text })).id, id);
      assert.equal(await readAll(artifacts, id), 'gone');
    }),
    on('shows nothing that is over, and sweeps it', async (artifacts, { store, elapse }) => {
      const { id } = await artifacts.put(bytesOf('short'), { mediaType: text, ttlMs: 1_000 });
      const kept = await artifacts.put(bytesOf('for ever'), { mediaType: text, ttlMs: 0 });
      await elapse(2_000);
      assert.equal(await artifacts.head(id), undefined);
      await rejectsWith(readAll(artifacts, id), 'AF_ARTIFACT_NOT_FOUND');
      assert.deepEqual(
        (await artifacts.list()).map((each) => each.id),
        [kept.id],
      );
      assert.equal(await store.sweep(), 1);
      assert.equal(await store.sweep(), 0);
      assert.deepEqual(await artifacts.usage(), { count: 1, bytes: 8 });
    }),
    on('begins anew what is put again after it was over', async (artifacts, { elapse }) => {
      const { id } = await artifacts.put(bytesOf('again'), { mediaType: text, runId: 'run-1', ttlMs: 1_000 });
      await elapse(2_000);
      await artifacts.put(bytesOf('again'), { mediaType: 'text/html', runId: 'run-2', ttlMs: 60_000 });
      assert.equal((await artifacts.head(id))?.mediaType, 'text/html');
      assert.deepEqual(await artifacts.list({ runId: 'run-1' }), []);
    }),
    on('shows a tenant nothing of another', async (artifacts, { store, tenants }) => {
      const other = store.tenant(tenants[1]);
      const { id } = await artifacts.put(bytesOf('mine'), { mediaType: text });
      assert.equal(await other.head(id), undefined);
      await rejectsWith(readAll(other, id), 'AF_ARTIFACT_NOT_FOUND');
      assert.equal(await other.delete(id), false);
      assert.deepEqual(await other.list(), []);
      await other.put(bytesOf('mine'), { mediaType: text });
      await artifacts.delete(id);
      assert.equal(await readAll(other, id), 'mine');
    }),
    on(
      'refuses what is too large, and what exceeds the quota, and keeps nothing of it',
      async (artifacts) => {
        const large = new Uint8Array(1_048_577);
        await rejectsWith(artifacts.put(large, { mediaType: text }), 'AF_ARTIFACT_TOO_LARGE');
        const endless = async function* (): AsyncGenerator<Uint8Array> {
          for (;;) yield new Uint8Array(65_536);
        };
        await rejectsWith(artifacts.put(endless(), { mediaType: text }), 'AF_ARTIFACT_TOO_LARGE');
        assert.deepEqual(await artifacts.usage(), { count: 0, bytes: 0 });
        await artifacts.put(new Uint8Array(1_048_576), { mediaType: text });
        await artifacts.put(new Uint8Array(1_048_575), { mediaType: text });
        await rejectsWith(artifacts.put(bytesOf('12'), { mediaType: text }), 'AF_ARTIFACT_QUOTA');
        await artifacts.put(bytesOf('1'), { mediaType: text });
        assert.deepEqual(await artifacts.usage(), { count: 3, bytes: 2_097_152 });
        // What is there already takes no more room.
        await artifacts.put(bytesOf('1'), { mediaType: text, runId: 'run-1' });
      },
    ),
    on('refuses requests that do not fit', async (artifacts) => {
      const code = 'AF_ARTIFACT_REQUEST_INVALID';
      for (const options of [
        { mediaType: 'text' },
        { mediaType: 'text/plain\r\nx: y' },
        { mediaType: text, name: '' },
        { mediaType: text, runId: 'a\0b' },
        { mediaType: text, ttlMs: -1 },
      ])
        await rejectsWith(artifacts.put(bytesOf('x'), options), code);
      await rejectsWith(artifacts.list({ limit: 0 }), code);
      await rejectsWith(readAll(artifacts, 'x', { offset: -1 }), code);
      for (const id of ['', '../../etc/passwd', 'ABC', `${'0'.repeat(63)}/`]) {
        assert.equal(await artifacts.head(id), undefined);
        await rejectsWith(readAll(artifacts, id), 'AF_ARTIFACT_NOT_FOUND');
      }
    }),
    on(
      'takes a result that is too large for a journal, and leaves a smaller one alone',
      async (artifacts) => {
        const options = { artifacts, tool: 'search', runId: 'run-1', maxBytes: 100 };
        const small = { a: 'ä'.repeat(20) };
        assert.equal(await keepLargeResult(small, options), small);
        const citations = [{ source: 'a.md' }];
        const rows = Array.from({ length: 50 }, (_, index) => index);
        const kept = Object(await keepLargeResult({ rows, citations }, options));
        assert.deepEqual(kept.citations, citations);
        assert.deepEqual(JSON.parse(await readAll(artifacts, kept.artifact.id)), { rows, citations });
        const long = Object(await keepLargeResult('ä'.repeat(60), options));
        assert.equal(await readAll(artifacts, long.artifact.id), 'ä'.repeat(60));
        assert.equal((await artifacts.list({ runId: 'run-1' })).length, 2);
      },
    ),
  ];
}
