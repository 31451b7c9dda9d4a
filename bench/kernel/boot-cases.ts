import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { pluginUrls, up, writePlugins } from './boot-fixture.ts';
import { importPeer, loadPeer, type Avvio, type Cordis, type Fastify } from './peers.ts';

interface PeerPlugin {
  readonly name: string;
  apply(): Promise<void>;
}

/** One way to boot the plugins of a folder. The first is the baseline. */
export interface BootCase {
  readonly name: string;
  /** Loads the system itself, which is not measured, and returns the boot, which is. */
  prepare(folder: string, count: number): Promise<() => Promise<void>>;
}

/** All cases, the baseline first. */
export const bootCases: readonly BootCase[] = [
  {
    name: 'bare import() of all at once',
    prepare: async (folder, count) => async () => {
      for (const plugin of await importAll(folder, count)) await plugin.apply();
    },
  },
  { name: 'Agent Factory', prepare: ours },
  {
    name: 'avvio',
    prepare: async (folder, count) => {
      const avvio = loadPeer<Avvio>('avvio');
      return async () => {
        const app = avvio({}, { autostart: false, timeout: 0 });
        for (const plugin of await importAll(folder, count)) app.use(plugin.apply);
        app.start();
        await app.ready();
      };
    },
  },
  {
    name: 'fastify, encapsulated',
    prepare: async (folder, count) => {
      const fastify = loadPeer<Fastify>('fastify');
      return async () => {
        const app = fastify({ pluginTimeout: 0 });
        for (const plugin of await importAll(folder, count)) app.register(plugin.apply);
        await app.ready();
      };
    },
  },
  {
    name: 'fastify, fastify-plugin',
    prepare: async (folder, count) => {
      const fastify = loadPeer<Fastify>('fastify');
      const unscoped =
        loadPeer<(apply: PeerPlugin['apply'], options: object) => PeerPlugin['apply']>('fastify-plugin');
      return async () => {
        const app = fastify({ pluginTimeout: 0 });
        for (const { name, apply } of await importAll(folder, count)) {
          // Wrapping marks the function itself, so each plugin brings its own.
          app.register(unscoped(() => apply(), { name, fastify: '5.x' }));
        }
        await app.ready();
      };
    },
  },
  {
    name: 'cordis 4',
    prepare: async (folder, count) => {
      const { Context } = await importPeer<Cordis>('cordis4');
      return async () => {
        const ctx = new Context();
        const plugins = await importAll(folder, count);
        await Promise.all(plugins.map(({ name, apply }) => ctx.plugin({ name, apply })));
        while (up.length < count) await new Promise((resolve) => setImmediate(resolve));
      };
    },
  },
];

/** As a person boots it: configuration file, manifests, resolution and lock file included. */
async function ours(folder: string, count: number): Promise<() => Promise<void>> {
  const kernelOf = (home: string): Kernel =>
    createKernel({ configFile: join(home, 'agent-factory.config.json'), baseDir: home, env: {} });
  // Loads what the kernel loads with its first configuration, as the peers' modules are loaded by now.
  const first = join(folder, 'first');
  writePlugins(first, 1);
  const warm = kernelOf(first);
  await warm.start();
  await warm.close();
  up.length = 0;
  const kernel = kernelOf(folder);
  return async () => {
    await kernel.start();
    if (up.length !== count) throw new Error(`${up.length} of ${count} plugins came up.`);
  };
}

async function importAll(folder: string, count: number): Promise<readonly PeerPlugin[]> {
  const modules: unknown[] = await Promise.all(pluginUrls(folder, count).map((url) => import(url)));
  return modules as PeerPlugin[]; // as writePlugins wrote them
}
