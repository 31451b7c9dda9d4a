import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { installGuard } from '../src/guard.ts';
import { Scope, work } from '../src/scope.ts';

describe('scope', () => {
  const told: string[] = [];
  const scopeOf = (): Scope => new Scope('p@1.0.0', (message) => told.push(message));
  let remove: () => void;
  before(() => {
    remove = installGuard();
  });
  after(() => remove());
  beforeEach(() => {
    told.length = 0;
  });

  it('runs disposers in reverse order, each kind, and those owned while it disposes', async () => {
    const scope = scopeOf();
    const ran: string[] = [];
    scope.own(() => void ran.push('function'));
    scope.own({ [Symbol.dispose]: () => void ran.push('disposable') });
    scope.own({ [Symbol.asyncDispose]: async () => void ran.push('async') });
    scope.own(() => scope.own(() => void ran.push('late')));
    await scope.dispose();
    assert.deepEqual(ran, ['late', 'async', 'disposable', 'function']);
    assert.deepEqual(told, []);
  });

  it('undoes at once what comes after its end', async () => {
    const scope = scopeOf();
    await scope.dispose();
    let undone = false;
    scope.own(() => {
      undone = true;
    });
    assert.equal(undone, true);
  });

  it('takes a disposer that returns something for one that is done', async () => {
    const scope = scopeOf();
    const set = new Set(['a']);
    scope.own((() => set.delete('a')) as () => void);
    await scope.dispose();
    assert.deepEqual(told, []);
  });

  it('says nothing of timers and listeners that the plugin has ended itself', async () => {
    const scope = scopeOf();
    const listener = (): void => {};
    work.run({ scope }, () => {
      clearTimeout(setTimeout(() => {}, 60_000));
      clearInterval(setInterval(() => {}, 60_000));
      process.on('agent-factory-scope', listener);
      scope.own(() => void process.off('agent-factory-scope', listener));
      process.once('agent-factory-once', () => {});
      process.emit('agent-factory-once' as 'exit', 0);
    });
    await scope.dispose();
    assert.deepEqual(told, []);
  });

  it('removes listeners of every kind that are left, and says so once', async () => {
    const scope = scopeOf();
    work.run({ scope }, () => {
      process.on('agent-factory-left', () => {});
      process.once('agent-factory-left', () => {});
      const emitter: NodeJS.EventEmitter = process;
      emitter.prependOnceListener('agent-factory-left', () => {});
    });
    await scope.dispose();
    assert.equal(process.listenerCount('agent-factory-left'), 0);
    assert.equal(told.length, 1);
  });

  it('stops timers that a disposer makes', async () => {
    const scope = scopeOf();
    let fired = false;
    scope.own(() => void setTimeout(() => void (fired = true), 1));
    await scope.dispose();
    await wait(10);
    assert.equal(fired, false);
    assert.match(told.join(), /p@1\.0\.0 left 1 timer/);
  });
});
