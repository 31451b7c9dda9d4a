import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { messageKinds } from '@agent-factory/sdk/bridge';
import { bridged } from './bridged.ts';

describe('a stream between two peers', () => {
  it('ends once, also when its reader left before it heard of the end', async () => {
    const { here, there, broken } = bridged();
    const none = there.lend(async function* () {});
    for await (const piece of here.call(none, [])) assert.fail(String(piece));
    there.receive(messageKinds.close, 1, 0, '');
    await turn();
    assert.deepEqual(broken, []);
  });
});
