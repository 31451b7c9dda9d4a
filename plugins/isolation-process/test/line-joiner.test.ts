import assert from 'node:assert/strict';
import { LineJoiner } from '../src/frames.ts';

describe('pieces of a stream', () => {
  const text = 'one\nzwei ä €\n\nthe last one\n';

  it('become whole lines, wherever they are parted', () => {
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size++) {
      const joiner = new LineJoiner(100);
      const buffer = Buffer.alloc(64); // written over each time, as a stream does
      let joined = '';
      for (let at = 0; at < bytes.length; at += size) {
        const length = bytes.copy(buffer, 0, at, at + size);
        const lines = joiner.push(buffer, length);
        assert.ok(lines === '' || lines?.endsWith('\n'), `${size}: ${lines}`);
        joined += lines;
      }
      assert.equal(joined, text);
    }
  });

  it('are refused where they are one line that is too long, ended or not', () => {
    const half = Buffer.from('x'.repeat(60));
    for (const rest of ['x'.repeat(60), `${'x'.repeat(60)}\n`]) {
      const joiner = new LineJoiner(100);
      assert.equal(joiner.push(half, half.length), '');
      assert.equal(joiner.push(Buffer.from(rest), rest.length), undefined);
    }
  });
});
