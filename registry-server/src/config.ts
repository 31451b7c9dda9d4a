import type { Logger } from '@agent-factory/sdk';
import type { S3Options } from './store/s3-blobs.ts';
import type { PublisherProofOptions } from './trust/publisher-proof.ts';
import type { ScannerOptions } from './trust/scanner.ts';

/** Settings of a registry. Each has a default that suits one machine and one operator. */
export interface RegistryOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Port to listen on; 0 takes a free one. Default 4873. */
  readonly port?: number;
  /** Address by which clients reach it; it stands in what is served. Default `http://localhost:PORT`. */
  readonly url?: string;
  /** Folder of the database, the tarballs and the keys. Default `.agent-factory/registry`. */
  readonly dataDir?: string;
  /** A PostgreSQL to keep everything in but keys, and tarballs of 32 KiB and more. Default: SQLite in `dataDir`. */
  readonly databaseUrl?: string;
  /** An S3-compatible store for tarballs of 32 KiB and more. Default: files in `dataDir`. */
  readonly s3?: S3Options;
  /**
   * `plugins`, the default: plugins alone, in a scope, signed by their author, with their dependencies inside.
   * `any`: every npm package.
   */
  readonly policy?: 'plugins' | 'any';
  /** `open`: anybody who reaches it may make an account. Default: `open` on a loopback address, else `closed`. */
  readonly signUp?: 'open' | 'closed';
  /**
   * Names that come from another registry: a pattern, in which `*` is anything but a slash, and that registry's
   * address. The first that fits counts. Default none.
   */
  readonly uplinks?: readonly { readonly pattern: string; readonly url: string }[];
  /** Largest tarball, in bytes. Default 32 MiB. */
  readonly maxPackageBytes?: number;
  /** Bytes of offline bundles that are held for slow readers; beyond it, others are told to come later. Default 256 MiB. */
  readonly bundleBytes?: number;
  /** An account that publishes more packages than this within so many minutes is frozen. Default 5 in 10; 0 never. */
  readonly publishRate?: { readonly packages: number; readonly minutes: number };
  /** Names that look like one of a package fetched so often are refused. Default 100. */
  readonly popularDownloads?: number;
  /** Hours after which a version is yanked and no longer removed when it is unpublished. Default 72. */
  readonly unpublishHours?: number;
  /** Hours before installers should take a new version. Default 24. */
  readonly cooldownHours?: number;
  /** Days after which an owner who changed nothing loses the right, if another owner is active. Default 180. */
  readonly idleDays?: number;
  /** Hours before a key that an owner announced may sign. Default 72. */
  readonly keyChangeHours?: number;
  /** Issuers of identity tokens for trusted publishing, by kind. Default: GitHub and GitLab. */
  readonly identityIssuers?: Readonly<Record<string, string>>;
  readonly scanner?: ScannerOptions;
  /** How what publishers say of themselves is looked up. */
  readonly publisherProofs?: PublisherProofOptions;
  /** Hosts (`host` or `host:port`) that webhooks may name though they are private. Default none. */
  readonly webhookHosts?: readonly string[];
  /** Milliseconds between rounds of webhooks. Default 5,000. */
  readonly webhookMs?: number;
  /** Where log lines go. Default: standard error. */
  readonly log?: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Clock. Default: that of the machine. */
  readonly now?: () => Date;
}

/** Settings with their defaults filled in. */
export type RegistrySettings = Required<Omit<RegistryOptions, 'url' | 'databaseUrl' | 's3'>> &
  Pick<RegistryOptions, 'url' | 'databaseUrl' | 's3'>;

/** Fills in the defaults. */
export function withDefaults(options: RegistryOptions): RegistrySettings {
  const { host = '127.0.0.1' } = options;
  const isLocal = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host);
  return {
    host,
    port: 4873,
    dataDir: '.agent-factory/registry',
    policy: 'plugins',
    signUp: isLocal ? 'open' : 'closed',
    uplinks: [],
    maxPackageBytes: 32 * 2 ** 20,
    bundleBytes: 256 * 2 ** 20,
    publishRate: { packages: 5, minutes: 10 },
    popularDownloads: 100,
    unpublishHours: 72,
    cooldownHours: 24,
    idleDays: 180,
    keyChangeHours: 72,
    identityIssuers: {
      github: 'https://token.actions.githubusercontent.com',
      gitlab: 'https://gitlab.com',
    },
    scanner: {},
    publisherProofs: {},
    webhookHosts: [],
    webhookMs: 5_000,
    log: lineLog,
    now: () => new Date(),
    ...options,
  };
}

const write = (level: string, message: string, fields: object = {}): void => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`);
};

/** One JSON object a line. */
const lineLog: Pick<Logger, 'info' | 'warn' | 'error'> = {
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
};
