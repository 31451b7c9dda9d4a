import assert from 'node:assert/strict';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { defineContract, defineHook, type InMemoryPlugin } from '@agent-factory/sdk';
import { explain } from '../src/explain.ts';

const Greeter = defineContract<object>({ id: 'greeter', version: '1.0.0', description: 'Greets.' });
const beforeGreeting = defineHook<string, void, 'waterfall'>({ id: 'greeter.before', kind: 'waterfall' });
const manifest = (id: string): { id: string; name: string; version: string; kernel: string } => {
  return { id, name: id, version: '1.0.0', kernel: '*' };
};
const memory: readonly InMemoryPlugin[] = [
  {
    manifest: {
      ...manifest('greeting'),
      provides: { greeter: '1.0.0' },
      hooks: { defines: [beforeGreeting.id] },
    },
    plugin: {
      setup(ctx) {
        ctx.provide(Greeter, {});
        ctx.hook(beforeGreeting);
      },
    },
  },
  { manifest: { ...manifest('user'), requires: { greeter: '^1.0.0' } }, plugin: { setup: () => {} } },
  { manifest: manifest('spare'), plugin: { setup: () => {} } },
];

describe('explain', () => {
  let kernel: Kernel;
  beforeEach(async () => {
    const plugins = ['greeting', 'user', { use: 'spare', enabled: false }];
    kernel = createKernel({ memory, config: { plugins, log: { level: 'silent' } }, lock: false, env: {} });
    await kernel.start();
  });
  afterEach(() => kernel.close());

  it('says why a plugin, contract or hook is as it is', () => {
    const told = (name: string): string => explain(name, kernel.inspect());
    assert.match(told('greeting'), /greeting 1\.0\.0 .* is active: .*used by user/);
    assert.match(told('user'), /requires: greeter from greeting\n {2}depends on: greeting/);
    assert.match(told('greeter'), /contract greeter is served by greeting/);
    assert.match(told('greeter.before'), /waterfall hook greeter\.before is declared by greeting/);
    assert.match(told('spare'), /inactive: its entry in the configuration says/);
    assert.match(told('greting'), /Did you mean "greeting"/);
  });

  it('takes any name without harm', () => {
    for (const name of ['constructor', '__proto__', 'toString', ''])
      assert.match(explain(name, kernel.inspect()), /is no plugin, contract or hook/);
  });
});
