import assert from 'node:assert/strict';
import { lineOf, readLine, type OnMessage } from '@agent-factory/sdk/bridge';

type Message = Parameters<OnMessage>;

function read(text: string): { messages: Message[]; end: number } {
  const messages: Message[] = [];
  let at = 0;
  while (at >= 0 && at < text.length) at = readLine(text, at, (...message) => messages.push(message));
  return { messages, end: at };
}

describe('a line of the bridge', () => {
  it('gives back the messages that were put into it, whatever their texts hold', () => {
    const messages: Message[] = [
      [1, 4_294_967_295, 7, JSON.stringify(['a line\nand another', 'ä €'])],
      [5, 1, 0, ''],
      [2, 2, 0, '1 2 3 "x"'],
    ];
    const text = messages.map((message) => lineOf(...message)).join('');
    assert.deepEqual(read(text), { messages, end: text.length });
  });

  for (const text of ['', '\n', '1 2\n', 'x 1 2 []\n', '-1 1 2 []\n', '1 2 3 []', '4294967296 1 1 \n'])
    it(`is no message: ${JSON.stringify(text)}`, () => {
      assert.equal(
        readLine(text, 0, () => assert.fail('it was taken')),
        -1,
      );
    });

  it('is read up to what is no message', () => {
    const { messages, end } = read('1 2 3 []\nwhat?\n1 3 3 []\n');
    assert.deepEqual(messages, [[1, 2, 3, '[]']]);
    assert.equal(end, -1);
  });
});
