import { createHash } from 'node:crypto';
import {
  createAuthorKey,
  packFiles,
  signFiles,
  type KeyHandover,
  type PackageJson,
  type SigningKey,
} from '@agent-factory/plugin-package';
import type { Json } from '@agent-factory/sdk';

/** What a test plugin is made of. */
export interface PluginParts {
  readonly name: string;
  readonly version?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  /** Further files: path to text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further files that are no text. */
  readonly pictures?: Readonly<Record<string, Uint8Array>>;
  /** Goes over the rest of package.json. */
  readonly packageJson?: Readonly<Record<string, Json>>;
  /** Who signs. Default: one author for all test plugins; `null` leaves it unsigned. */
  readonly key?: SigningKey | null;
  readonly handovers?: readonly KeyHandover[];
}

/** A plugin, packed. */
export interface TestPlugin {
  readonly name: string;
  readonly version: string;
  readonly packageJson: PackageJson;
  readonly bytes: Uint8Array;
  readonly integrity: string;
}

/** The author of test plugins. */
const author: SigningKey = createAuthorKey();

/** Packs and signs a small plugin. */
export async function makePlugin(parts: PluginParts): Promise<TestPlugin> {
  const { name, version = '1.0.0', permissions = {}, key = author } = parts;
  const packageJson: PackageJson = {
    name,
    version,
    description: `What ${name.replace(/^.*\//, '')} does`,
    license: 'MIT',
    type: 'module',
    exports: './index.js',
    keywords: ['agent-factory-plugin'],
    agentFactory: { id: name.replace(/^.*\//, ''), kernel: '^0.1.0', permissions },
    ...parts.packageJson,
  };
  const texts = {
    'package.json': JSON.stringify(packageJson, null, 2),
    'index.js': `export default ${JSON.stringify(name)};\n`,
    'README.md': `# ${name}\n\nA plugin of the tests.\n`,
    ...parts.files,
  };
  const contents = { ...texts, ...parts.pictures };
  const files = Object.entries(contents).map(([path, content]) => ({
    path,
    bytes: Buffer.from(content as string), // bytes are copied as they are
    executable: false,
  }));
  const all = key
    ? [
        ...files,
        {
          path: 'AF-MANIFEST.json',
          bytes: Buffer.from(JSON.stringify(signFiles({ name, version, files }, key, parts.handovers))),
          executable: false,
        },
      ]
    : files;
  const { bytes, integrity } = await packFiles(all, packageJson);
  return { name, version, packageJson, bytes, integrity };
}

/** What npm sends to publish it. */
export function publishBody(
  plugin: TestPlugin,
  change: { tag?: string; claim?: Readonly<Record<string, Json>>; access?: string; bundle?: string } = {},
): Record<string, unknown> {
  const { name, version, bytes, integrity } = plugin;
  const data = Buffer.from(bytes);
  return {
    _id: name,
    name,
    'dist-tags': { [change.tag ?? 'latest']: version },
    versions: {
      [version]: {
        ...plugin.packageJson,
        _id: `${name}@${version}`,
        dist: {
          integrity,
          shasum: createHash('sha1').update(bytes).digest('hex'),
          tarball: `http://localhost/${name}/-/${name}-${version}.tgz`,
        },
        ...change.claim,
      },
    },
    access: change.access ?? null,
    _attachments: {
      [`${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: data.toString('base64'),
        length: data.length,
      },
      ...(change.bundle !== undefined && {
        [`${name}-${version}.sigstore`]: { content_type: 'application/json', data: change.bundle },
      }),
    },
  };
}
