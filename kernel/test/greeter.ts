import {
  defineContract,
  defineHook,
  type InMemoryPlugin,
  type PluginContext,
  type SingleContract,
} from '@agent-factory/sdk';
import { memoryPlugin } from './memory-kernel.ts';

/** What the greeter provides. */
export interface Greeter {
  greet(): Promise<string>;
}

/** Its contract. */
export const Greeter: SingleContract<Greeter> = defineContract<Greeter>({
  id: 'greeter',
  version: '1.0.0',
  description: 'Greets.',
});

/** The hook its greeting passes through. */
export const beforeGreeting = defineHook<string, string, 'waterfall'>({
  id: 'greeter.before',
  kind: 'waterfall',
});

const greeterManifest = {
  provides: { greeter: '1.0.0' },
  config: { type: 'object', properties: { name: { type: 'string', default: 'you' } } },
  hooks: { defines: ['greeter.before'] },
};

/** A plugin that greets whom its settings name; `log` is told when it comes up and goes down. */
export const greeter = (log: string[] = []): InMemoryPlugin =>
  memoryPlugin(
    'greeter',
    (ctx: PluginContext) => {
      const name = String(ctx.config['name']);
      log.push(`up ${name}`);
      ctx.own(() => void log.push(`down ${name}`));
      const before = ctx.hook(beforeGreeting);
      ctx.provide(Greeter, { greet: () => before(`hello ${name}`) });
    },
    greeterManifest,
  );
