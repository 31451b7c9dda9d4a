import type { IsolationLevel } from '@agent-factory/sdk';

/** Settings of isolation-process; defaults in the manifest. */
export interface IsolationProcessConfig {
  /** Milliseconds one call into a plugin may take, and the beginning of a stream. */
  readonly callMs: number;
  /** Milliseconds of processor time a plugin may use without a pause. */
  readonly busyMs: number;
  /** Calls into one plugin at once; more wait, and beyond ten times as many are refused. */
  readonly maxCalls: number;
  /** Calls of one plugin to the platform at once. */
  readonly maxRequests: number;
  /** Longest message, in bytes. */
  readonly maxMessageBytes: number;
  /** JavaScript heap, in MiB. */
  readonly heapMiB: number;
  /** Resident memory of the process, in MiB. */
  readonly memoryMiB: number;
  /** Lines of log a second; more are dropped and counted. */
  readonly logLines: number;
  /** Hosts (`host` or `host:port`) with private addresses that plugins with the permission may reach. */
  readonly allowHosts: readonly string[];
  /** Longest answer from a host, in bytes after decompression. */
  readonly maxResponseBytes: number;
  /** Processes kept ready for the next plugin, for each level in use. */
  readonly spare: number;
  /** The strongest level that is used, where it is to be had. */
  readonly strongest: IsolationLevel;
  /** Name or path of the program bubblewrap. */
  readonly bwrap: string;
  /** The first of the user and group ids that plugins run as at L2 and L3 where the platform runs as root. */
  readonly uid: number;
}

/** What a plugin's process may use. */
export type Limits = Omit<IsolationProcessConfig, 'allowHosts' | 'spare' | 'strongest' | 'bwrap' | 'uid'>;
