import type { PlatformConfig, PlatformRole, PluginEntry } from '@agent-factory/sdk';

/** What a platform under test is made of. */
export interface FaultPlatform {
  /** Plugins that keep state and carry jobs; the journal, the runtime and what it runs are added. */
  readonly plugins: readonly (string | PluginEntry)[];
  /** Roles of its processes; those that are not `worker` accept runs. */
  readonly roles: readonly PlatformRole[];
  /** Milliseconds of a run's lease. */
  readonly leaseMs: number;
}

/** Beyond the agent's own plugin, what every platform under test consists of. */
export function platformConfig(platform: FaultPlatform, dataDir: string): PlatformConfig {
  return {
    name: 'faults',
    dataDir,
    log: { level: 'error' },
    generations: { drainMs: 5_000 },
    plugins: [
      ...platform.plugins,
      '@agent-factory/plugin-journal-sql',
      'fault-agent',
      {
        use: '@agent-factory/plugin-agent-runtime',
        config: { agents: [agent], leaseMs: platform.leaseMs, concurrency: 16 },
      },
    ],
  };
}

const agent = {
  name: 'clerk',
  instructions: 'Do what the plan says.',
  model: 'plan/any',
  tools: ['look', 'book', 'charge'],
};

/** One file, one process of the role `all`: what a fresh platform is. */
export const embedded: FaultPlatform = {
  plugins: ['@agent-factory/plugin-storage-sqlite'],
  roles: ['all'],
  leaseMs: 800,
};

/** Several processes on one SQLite folder. */
export const embeddedRoles: FaultPlatform = {
  plugins: ['@agent-factory/plugin-storage-sqlite', '@agent-factory/plugin-jobs-local'],
  roles: ['api', 'worker'],
  leaseMs: 800,
};

/** PostgreSQL for state and Redis for calls, with one process that accepts runs and two that work. */
export function scaled(postgresUrl: string, redisUrl: string): FaultPlatform {
  return {
    plugins: [
      { use: '@agent-factory/plugin-storage-postgres', config: { url: postgresUrl } },
      { use: '@agent-factory/plugin-jobs-bullmq', config: { url: redisUrl } },
    ],
    roles: ['api', 'worker', 'worker'],
    leaseMs: 2_000,
  };
}
