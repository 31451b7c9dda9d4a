import assert from 'node:assert/strict';
import { createUrlGuard, type HostAddress } from '@agent-factory/sdk/outbound';

describe('the guard of URLs', () => {
  const open: HostAddress = { address: '93.184.215.14', family: 4 };
  const hidden: HostAddress = { address: '192.168.1.1', family: 4 };

  it('looks at what a name leads to each time: public at first, and private then', async () => {
    const answers = [[open], [hidden], [open, hidden], [open]];
    const guard = createUrlGuard({
      allowHosts: [],
      setting: 'hosts',
      resolve: async () => answers.shift() ?? [],
    });
    const url = new URL('https://rebind.example/');
    const refused = {
      code: 'AF_OUTBOUND_ADDRESS_REFUSED',
      message: /rebind\.example.*leads to 192\.168\.1\.1/,
    };
    assert.deepEqual(await guard(url), [open]);
    await assert.rejects(guard(url), refused);
    await assert.rejects(guard(url), refused);
    assert.deepEqual(await guard(url), [open]);
    await assert.rejects(guard(url), { code: 'AF_OUTBOUND_FAILED' });
  });
});
