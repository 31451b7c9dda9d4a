import type { Contract } from '../contract.ts';
import type { Tool } from '../contracts/tool.ts';
import type { Manifest } from '../manifest.ts';
import type { InMemoryPlugin, PluginContext } from '../plugin.ts';

/**
 * A plugin as objects, with the usual parts of a manifest filled in: it provides and contributes to what is listed.
 *
 * @example
 * ```ts
 * const model = functionModel('test', () => 'Hello.');
 * const plugin = testPlugin('model', [LanguageModel], (ctx) => ctx.contribute(LanguageModel, model));
 * ```
 */
export function testPlugin(
  id: string,
  offers: readonly Contract<unknown>[],
  setup: (ctx: PluginContext) => void | Promise<void>,
  manifest: Partial<Manifest> = {},
): InMemoryPlugin {
  const versions = (kind: Contract<unknown>['kind']) =>
    Object.fromEntries(offers.filter((each) => each.kind === kind).map((each) => [each.id, each.version]));
  return {
    manifest: {
      id,
      name: id,
      version: '1.0.0',
      kernel: '*',
      provides: versions('one'),
      contributes: versions('many'),
      ...manifest,
    },
    plugin: { setup },
  };
}

/** A tool of a test that takes anything and only reads, where nothing else is said. */
export function testTool(name: string, run: Tool['run'], more: Partial<Tool> = {}): Tool {
  return { name, description: 'Of a test.', input: { type: 'object' }, effect: 'read', run, ...more };
}
