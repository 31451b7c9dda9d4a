import assert from 'node:assert/strict';
import { createSseReader } from '../src/http/sse-reader.ts';

describe('reading event streams', () => {
  const text =
    ': hello\r\ndata: one\r\n\r\nevent: x\nid: 1\ndata:two\ndata: three\n\ndata\n\nretry: 5\n\ndata: last';
  const events = ['one', 'two\nthree', '', 'last'];

  it('reads lines of every kind, comments, fields and data of several lines', () => {
    const reader = createSseReader();
    assert.deepEqual([...reader.feed(text), ...reader.end()], events);
  });

  it('reads the same however the text is cut', () => {
    for (let size = 1; size < text.length; size += 1) {
      const reader = createSseReader();
      const read: string[] = [];
      for (let at = 0; at < text.length; at += size) read.push(...reader.feed(text.slice(at, at + size)));
      assert.deepEqual([...read, ...reader.end()], events, `in pieces of ${size}`);
    }
  });

  it('reads lines that end in CR alone, and skips a byte order mark', () => {
    assert.deepEqual(createSseReader().feed('\uFEFFdata: a\r\rdata: b\r\r '), ['a', 'b']);
  });
});
