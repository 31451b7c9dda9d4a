import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  httpTransport,
  install,
  placesIn,
  type InstallRequest,
  type InstallResult,
} from '@agent-factory/plugin-install';
import { createKernel, kernelVersion } from '@agent-factory/kernel';
import { amendConfig, type InstalledSet } from '@agent-factory/plugin-install';

/** A folder for state of one test, and installs into it. */
export class InstallHome {
  readonly dataDir: string = mkdtempSync(join(tmpdir(), 'agent-factory-install-'));
  registry: string;

  constructor(registry: string) {
    this.registry = registry;
  }

  /** Installs, granting whatever is asked for, with no waiting time. */
  add(specs: readonly string[], more: Partial<InstallRequest> = {}): Promise<InstallResult> {
    return install({
      dataDir: this.dataDir,
      mode: 'add',
      specs,
      registry: this.registry,
      transport: httpTransport,
      beside: [],
      providers: {},
      kernelVersion: kernelVersion,
      cooldownMs: 0,
      isolation: 'trusted', // there is nobody who isolates
      consent: async (proposals) =>
        Object.fromEntries(
          proposals.map(({ id, added, kept }) => [id, [...added, ...kept].map(({ name }) => name)]),
        ),
      check: (set) => this.check(set),
      ...more,
    });
  }

  upgrade(specs: readonly string[] = [], more: Partial<InstallRequest> = {}): Promise<InstallResult> {
    return this.add(specs, { mode: 'upgrade', ...more });
  }

  /** Whether a platform with nothing else could run with the set. */
  check = async (set: InstalledSet): Promise<void> => {
    await this.kernel(set).plan();
  };

  /** A kernel that runs what is installed, or a set that is not in force. */
  kernel(set?: InstalledSet): ReturnType<typeof createKernel> {
    return createKernel({
      config: { plugins: [], dataDir: this.dataDir, log: { level: 'silent' } },
      amend: (config) => amendConfig(config, set ?? this.installed()),
      lock: false,
      env: {},
    });
  }

  installed(): InstalledSet {
    return JSON.parse(readFileSync(placesIn(this.dataDir).current, 'utf8'));
  }

  /** Everything that would show a change: the pointer and the records. */
  state(): string {
    const { current, generations } = placesIn(this.dataDir);
    const records = existsSync(generations) ? readdirSync(generations) : [];
    return JSON.stringify([existsSync(current) ? readFileSync(current, 'utf8') : '', records.toSorted()]);
  }

  remove(): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
