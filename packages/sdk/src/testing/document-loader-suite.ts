import assert from 'node:assert/strict';
import type { DocumentLoader } from '../contracts/document-loader.ts';
import { isAgentFactoryError } from '../errors.ts';
import type { ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** A loader and a good document of its kind. */
export interface DocumentLoaderSample {
  readonly loader: DocumentLoader;
  readonly good: Uint8Array;
}

/** What every {@link DocumentLoader} must do. */
export function documentLoaderSuite(open: () => Promise<DocumentLoaderSample>): ConformanceSuite {
  const request = (source = 'sample'): { readonly source: string; readonly signal: AbortSignal } => ({
    source,
    signal: new AbortController().signal,
  });
  return [
    {
      name: 'says what it reads',
      async run() {
        const { loader } = await open();
        assert.match(loader.name, /^[a-z][a-z0-9-]*$/);
        assert.ok(loader.description.trim().length > 0);
        assert.ok(loader.extensions.length + loader.mediaTypes.length > 0);
        for (const extension of loader.extensions) assert.match(extension, /^[a-z0-9]+$/);
        for (const type of loader.mediaTypes) assert.match(type, /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/);
        assert.ok(Number.isSafeInteger(loader.maxBytes) && loader.maxBytes > 0);
      },
    },
    {
      name: 'gives blocks with text and rising places, the same each time, and keeps the bytes as they are',
      async run() {
        const { loader, good } = await open();
        const before = Buffer.from(good).toString('hex');
        const document = await loader.load(good, request());
        assert.equal(Buffer.from(good).toString('hex'), before);
        assert.deepEqual(await loader.load(good, request('elsewhere')), document);
        assert.deepEqual(JSON.parse(JSON.stringify(document)), document, 'plain JSON');
        assert.ok(document.blocks.length > 0);
        let [line, page] = [1, 1];
        for (const block of document.blocks) {
          assert.ok(block.text.trim().length > 0);
          if (block.kind === 'heading')
            assert.ok(block.level !== undefined && block.level >= 1 && block.level <= 6);
          assert.ok((block.line ?? line) >= line && (block.page ?? page) >= page, JSON.stringify(block));
          assert.ok((block.endLine ?? Infinity) >= (block.line ?? 0));
          [line, page] = [block.line ?? line, block.page ?? page];
        }
      },
    },
    {
      name: 'refuses what is too large without looking at it',
      async run() {
        const { loader } = await open();
        await rejectsWith(
          loader.load(new Uint8Array(loader.maxBytes + 1), request()),
          'AF_DOCUMENT_TOO_LARGE',
        );
      },
    },
    {
      name: 'reads what is cut off or damaged, or says which document is bad',
      async run() {
        const { loader, good } = await open();
        const noise = Uint8Array.from({ length: 4096 }, (_, n) => (n * 7919 + (n >> 3)) % 256);
        const swapped = Uint8Array.from(good, (byte, n) => (n % 13 === 5 ? byte ^ 0x55 : byte));
        for (const bytes of [
          new Uint8Array(),
          noise,
          good.slice(0, good.length / 2),
          good.slice(7),
          swapped,
        ]) {
          const failure: unknown = await loader.load(bytes, request('bad-one')).then(
            ({ blocks }) => {
              assert.ok(blocks.every(({ text }) => text.length > 0));
            },
            (error: unknown) => error,
          );
          if (failure === undefined) continue;
          assert.ok(isAgentFactoryError(failure) && failure.code.startsWith('AF_DOCUMENT_'));
          assert.match(failure.message, /bad-one/);
        }
      },
    },
    {
      name: 'rejects with the reason when the signal is aborted',
      async run() {
        const { loader, good } = await open();
        const reason = new Error('not wanted any more');
        const load = loader.load(good, { source: 'x', signal: AbortSignal.abort(reason) });
        await assert.rejects(load, (error) => error === reason);
      },
    },
  ];
}
