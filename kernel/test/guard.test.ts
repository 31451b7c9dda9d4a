import assert from 'node:assert/strict';
import * as byName from 'node:process';
import { promisify } from 'node:util';
import { installGuard } from '../src/guard.ts';
import { Scope, work } from '../src/scope.ts';

describe('guard', () => {
  const scope = new Scope('p@1.0.0', () => {});

  it('stays until the last of those who installed it has gone, and leaves nothing', () => {
    const before = [process.exit, setTimeout, setInterval, process.on];
    const first = installGuard();
    const second = installGuard();
    first();
    first();
    assert.throws(() => work.run({ scope }, () => process.exit(1)), { code: 'AF_PLUGIN_EXIT' });
    second();
    assert.deepEqual([process.exit, setTimeout, setInterval, process.on], before);
    assert.equal(Object.hasOwn(process, 'on'), false);
  });

  it('is there for who imports by name from node:process, and goes from there too', () => {
    const before = byName.exit;
    const remove = installGuard();
    assert.equal(byName.exit, process.exit);
    assert.notEqual(byName.exit, before);
    remove();
    assert.equal(byName.exit, before);
  });

  it('keeps what somebody else has put over it', () => {
    const remove = installGuard();
    const ours = globalThis.setTimeout;
    const theirs = Object.assign((...args: Parameters<typeof ours>) => ours(...args), ours);
    globalThis.setTimeout = theirs as typeof ours;
    remove();
    assert.equal(globalThis.setTimeout, theirs);
    globalThis.setTimeout = ours;
    installGuard()();
  });

  it('keeps setTimeout fit for promisify', async () => {
    const remove = installGuard();
    assert.equal(await promisify(setTimeout)(1, 'done'), 'done');
    remove();
  });

  it('refuses to end the process from work that only a lease accounts for', () => {
    const remove = installGuard();
    assert.throws(() => work.run({ generation: {} }, () => process.exit(1)), { code: 'AF_PLUGIN_EXIT' });
    remove();
  });
});
