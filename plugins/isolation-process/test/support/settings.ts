import type { IsolationProcessConfig } from '../../src/config.ts';

/** The settings that a manifest's defaults would give, with time enough for a busy machine. */
export const settings: IsolationProcessConfig = {
  callMs: 60_000,
  busyMs: 5000,
  maxCalls: 64,
  maxRequests: 32,
  maxMessageBytes: 1_048_576,
  heapMiB: 64,
  memoryMiB: 256,
  logLines: 100,
  allowHosts: [],
  maxResponseBytes: 1_048_576,
  spare: 0,
  strongest: 'L3',
  bwrap: 'bwrap',
  uid: 60_750,
};
