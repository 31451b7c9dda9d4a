import assert from 'node:assert/strict';
import { SecretHandles } from '../src/broker/secrets.ts';

describe('secrets that a server sends back', () => {
  const handles = new SecretHandles();
  const handle = handles.give({ name: 'key', text: 'sk-sesame', goesTo: () => true });
  handles.give({ name: 'pin', text: '123', goesTo: () => true }); // too short to be told from what is no secret
  const text = 'your key is sk-sesame, not sk-se or sk-sk-sesame; the pin is 123 sk-s';
  const expected = text.replaceAll('sk-sesame', handle);

  it('are handles again', () => assert.equal(handles.hide(text), expected));

  it('are so too wherever they are cut', () => {
    for (let size = 1; size <= text.length; size++) {
      const hider = handles.hideAcross();
      let shown = '';
      for (let at = 0; at < text.length; at += size) shown += hider.write(text.slice(at, at + size));
      assert.equal(shown + hider.end(), expected, `in pieces of ${size}`);
    }
  });

  it('hold nothing back that no secret begins with', () => {
    const hider = handles.hideAcross();
    assert.equal(hider.write('data: 1\n\n'), 'data: 1\n\n');
    assert.equal(hider.write('data: s'), 'data: ');
    assert.equal(hider.write('o\n\n'), 'so\n\n');
  });
});
