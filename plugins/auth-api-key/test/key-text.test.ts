import assert from 'node:assert/strict';
import { keyId, makeKey } from '../src/key-text.ts';

describe('the text of a key', () => {
  it('holds its id, and tells a typing error by itself', () => {
    const { id, text } = makeKey();
    assert.match(text, /^af_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
    assert.equal(keyId(text), id);
    for (let place = 3; place < text.length; place += 1) {
      const wrong = text.slice(0, place) + (text[place] === 'x' ? 'y' : 'x') + text.slice(place + 1);
      assert.equal(keyId(wrong), undefined, wrong);
    }
  });
});
