import assert from 'node:assert/strict';
import { readInstalled } from '@agent-factory/plugin-install';
import type { PackedPlugin } from '@agent-factory/plugin-package';
import { InstallHome } from './install-home.ts';
import { makePlugin } from './make-plugin.ts';
import { SmallRegistry } from './small-registry.ts';

/** The package every test starts with. */
export const weather = '@acme/plugin-weather';

/** What each test of a suite has to itself. */
export interface InstallSuite {
  readonly registry: SmallRegistry;
  readonly home: InstallHome;
  /** Version 1.0.0 of the weather plugin, which is published. */
  readonly good: PackedPlugin;
  /** What is installed: `weather 1.0.0`. */
  versions(): string[];
  /** The job must fail with that code, and nothing may have changed. */
  refused(job: Promise<unknown>, code: string, message?: RegExp): Promise<void>;
}

/**
 * Gives every test of the suite a registry with one plugin, and a folder for state.
 *
 * @param together - whether the registry gives in one answer what an install begins with
 */
export function installSuite(together = false): InstallSuite {
  let registry: SmallRegistry;
  let home: InstallHome;
  let good: PackedPlugin;
  beforeEach(async () => {
    registry = await new SmallRegistry().open();
    registry.together = together;
    good = await makePlugin();
    registry.publish(good);
    home = new InstallHome(registry.url);
  });
  afterEach(async () => {
    home.remove();
    await registry.close();
  });
  return {
    get registry() {
      return registry;
    },
    get home() {
      return home;
    },
    get good() {
      return good;
    },
    versions: () =>
      Object.entries(readInstalled(home.dataDir).plugins).map(([id, { version }]) => `${id} ${version}`),
    async refused(job, code, message = /./) {
      const before = home.state();
      await assert.rejects(job, (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.stack);
        assert.match(error.message, message);
        return true;
      });
      assert.equal(home.state(), before);
    },
  };
}
