import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { IsolationOffer } from '@agent-factory/sdk';

const script = `
import { RunnerPool } from ${JSON.stringify(join(import.meta.dirname, '../src/runner-pool.ts'))};
import { settings } from ${JSON.stringify(join(import.meta.dirname, 'support/settings.ts'))};
const pool = new RunnerPool(settings);
console.log(JSON.stringify(await pool.levels()));
await pool.close();
`;

describe('a container whose root has no other users', function () {
  this.timeout(60_000);

  it('is offered level L3 as its own user where that holds, never L2, and is told so', function () {
    const node = [
      process.execPath,
      '--conditions=@agent-factory/source',
      '--input-type=module',
      '--eval',
      script,
    ];
    const { stdout, stderr, error } = spawnSync(
      '/usr/bin/unshare',
      ['--user', '--map-root-user', '--', ...node],
      {
        encoding: 'utf8',
      },
    );
    if (error || /unshare/.test(stderr)) {
      console.log('      skipped: no such container can be made here.');
      this.skip();
    }
    const [, two, three] = JSON.parse(stdout) as [IsolationOffer, IsolationOffer, IsolationOffer]; // as the script prints it
    assert.equal(two.available, false);
    assert.match(two.why, /this container has no id 60750 \(\/proc\/self\/uid_map\)/);
    // Whether bubblewrap works in such a container is for its machine to say; the wrong user is no reason against it.
    if (three.available)
      assert.match(three.why, /but as the user of the platform: this container has no id 60750/);
    else assert.doesNotMatch(three.why, /EINVAL/);
  });
});
