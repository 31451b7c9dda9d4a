import { hash } from 'node:crypto';
import { join } from 'node:path';

/** Where everything about installed plugins lies, below the platform's folder for state. */
export interface StorePlaces {
  /** Packages, as the kernel looks for them: `<id>/<version>-<hash>/`. */
  readonly packages: string;
  /** What is installed now. */
  readonly current: string;
  /** What was installed before, one file each. */
  readonly generations: string;
  /** Held while something is installed. */
  readonly lock: string;
  /** Blocks that were seen last, by registry. */
  readonly blocks: string;
  /** Trusted metadata of one registry. */
  freshness(registry: string): string;
  /** The folder of one version. */
  package(id: string, version: string, integrity: string): string;
}

/** The places below a folder for state. */
export function placesIn(dataDir: string): StorePlaces {
  const installed = join(dataDir, 'installed');
  const packages = join(dataDir, 'plugins');
  return {
    packages,
    current: join(installed, 'current.json'),
    generations: join(installed, 'generations'),
    lock: join(installed, 'lock'),
    blocks: join(installed, 'blocks.json'),
    freshness: (registry) => join(installed, 'registries', hash('sha256', registry).slice(0, 16)),
    package: (id, version, integrity) => join(packages, id, `${version}-${shortHash(integrity)}`),
  };
}

/** The first hexadecimal digits of an integrity string's hash. */
function shortHash(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64')
    .toString('hex')
    .slice(0, 12);
}
