import type { RegistrySettings } from '../config.ts';
import type { CommittedBlobs } from '../store/small-blobs.ts';
import type { SqlDatabase } from '../store/sql.ts';
import type { PublisherProofs } from '../trust/publisher-proof.ts';
import type { RegistryKeys } from '../trust/registry-keys.ts';
import type { Scanner } from '../trust/scanner.ts';
import type { TufRepository } from '../trust/tuf-repository.ts';
import type { DownloadCounts } from './download-counts.ts';
import type { Uplinks } from './uplinks.ts';

/** What everything that answers requests works with. */
export interface Registry {
  readonly settings: RegistrySettings;
  /** Address by which clients reach it, without a slash at the end. */
  readonly url: string;
  readonly database: SqlDatabase;
  readonly blobs: CommittedBlobs;
  readonly keys: RegistryKeys;
  readonly tuf: TufRepository;
  readonly scanner: Scanner;
  readonly downloads: DownloadCounts;
  readonly proofs: PublisherProofs;
  readonly uplinks: Uplinks;
}

/** A moment as it is kept. */
export function nowOf({ settings }: Pick<Registry, 'settings'>): string {
  return settings.now().toISOString();
}

/** The moment so many milliseconds ago. */
export function ago({ settings }: Pick<Registry, 'settings'>, ms: number): string {
  return new Date(settings.now().getTime() - ms).toISOString();
}
